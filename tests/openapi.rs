//! `infra/openapi.yaml` is made from the bodies that the functions read and write. The harness holds every answer to a
//! `Call` against it.

mod callbacks;
mod document;
mod pages;
mod v1;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Person, Stack, openapi, tool, workspace};
use crate::template::routes;
use document::{Operation, document};

fn operations() -> Vec<Operation> {
    [v1::operations(), pages::operations(), callbacks::operations()].into_iter().flatten().collect()
}

#[test]
fn openapi_yaml_says_what_the_bodies_say() {
    let made = yaml(&document(&operations()));
    let file = workspace().join("infra/openapi.yaml");
    if std::env::var_os("DOORWARD_UPDATE").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    let advice = "to update it: DOORWARD_UPDATE=1 tests/run openapi_yaml";
    assert!(made == kept, "infra/openapi.yaml is out of date, first at {difference:?}; {advice}");
}

#[test]
fn every_route_of_the_template_is_in_it_and_no_other() {
    // Behind a route of the gateway that takes any path, each path is an operation of its own.
    let route = |operation: Operation| match operation.key {
        key if key.starts_with("GET /login/") => "GET /login/{page+}".to_owned(),
        key if key.starts_with("POST /api/v1/lab/login/") => "POST /api/v1/lab/login/{path+}".to_owned(),
        key => key.to_owned(),
    };
    let described: BTreeSet<_> = operations().into_iter().map(route).collect();
    assert_eq!(described, routes().into_keys().collect::<BTreeSet<_>>());
}

#[test]
fn every_example_is_what_its_schema_says() {
    for (pointer, media) in openapi::media_types() {
        let examples = media["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
        for example in examples.chain(media.get("example")) {
            if let Err(problem) = openapi::conforms(&pointer, example) {
                panic!("the example at {pointer}: {problem}");
            }
        }
    }
}

fn yaml(document: &Value) -> String {
    let text = serde_yaml_ng::to_string(&ordered(document)).unwrap();
    format!("# Made from the bodies that the functions read and write, by tests/openapi.rs.\n{text}")
}

/// The document as people read it: what something is goes first, what it consists of last.
fn ordered(value: &Value) -> serde_yaml_ng::Value {
    const FIRST: &[&str] =
        &["openapi", "info", "servers", "tags", "paths", "operationId", "name", "in", "title", "summary"];
    const LAST: &[&str] =
        &["example", "examples", "properties", "items", "content", "parameters", "requestBody", "responses"];
    let place = |name: &String| {
        let first = FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len());
        (LAST.iter().position(|last| last == name).map_or(0, |place| place + 1), first)
    };
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| place(name));
            let fields = fields.into_iter().map(|(name, field)| (name.as_str().into(), ordered(field)));
            serde_yaml_ng::Value::Mapping(fields.collect())
        }
        Value::Array(items) => serde_yaml_ng::Value::Sequence(items.iter().map(ordered).collect()),
        other => serde_yaml_ng::to_value(other).unwrap(),
    }
}

/// PyPI `schemathesis` generates valid and invalid requests from the document, signed in and signed out.
#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_gets_no_answer_that_the_document_does_not_foresee_and_no_failure_of_ours() {
    let stack = Stack::with(&[
        "LIMIT_LOGINS_PER_SOURCE=100000",
        "LIMIT_PASSKEYS_PER_SOURCE=100000",
        "LIMIT_MAILS_PER_SOURCE_PER_HOUR=100000",
    ]);
    let session = stack.visitor().signs_in(&Person::new()).await;
    // A logout would leave the rest of the run without its session.
    let bearer = format!("Authorization: Bearer {}", session.access_token);
    run_schemathesis(&stack, &["--header", &bearer, "--exclude-path-regex", "logout|^/auth/session$"]);
    run_schemathesis(&stack, &[]);
}

fn run_schemathesis(stack: &Stack, options: &[&str]) {
    let run = Command::new(tool("schemathesis/bin/schemathesis"))
        .arg("run")
        .arg(workspace().join("infra/openapi.yaml"))
        .args(["--url", &stack.url, "--phases", "examples,coverage", "--checks", CHECKS])
        .args(["--generation-deterministic", "--no-color", "--warnings", "off", "--max-redirects", "0"])
        // The local stack has a page of its own there.
        .args(["--exclude-path", "/"])
        .args(options)
        // It writes files into its working directory.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

/// A body that breaks its schema must be refused. One that keeps to it may still be, as an unknown state is.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection";
