//! `infra/openapi.yaml`, against which every answer to a [`Call`](super::Call) is held.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::{Answer, workspace};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(workspace().join("infra/openapi.yaml")).unwrap_or_default();
    serde_yaml_ng::from_str::<Value>(&text).unwrap_or_else(|error| panic!("infra/openapi.yaml: {error}"))
});

/// The same, closed: clients must expect fields that are new to them, but we have to name every field that we send.
static CLOSED: LazyLock<Value> = LazyLock::new(|| {
    let mut closed = DOCUMENT.clone();
    if let Some(schemas) = closed["components"]["schemas"].as_object_mut() {
        schemas.values_mut().for_each(close);
    }
    closed
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// Fails for an answer that the document does not foresee. A path that it does not have belongs to
/// the local stack, or to nobody.
#[track_caller]
pub fn foresees(answer: &Answer) {
    let (method, path) = answer.what.split_once(' ').unwrap();
    // There the local stack has a page of its own.
    if path == "/" {
        return;
    }
    let Some((path, operations)) = operations(path.split(['?', '#']).next().unwrap()) else { return };
    let Some(operation) = operations.get(method.to_lowercase()) else { return };
    let here = pointer(&["paths", path, &method.to_lowercase(), "responses", &answer.status.to_string()]);
    let problem = match operation["responses"].get(answer.status.to_string()) {
        Some(response) => match response["$ref"].as_str() {
            Some(there) => foreseen(answer, &there[1..]),
            None => foreseen(answer, &here),
        },
        None => Err("no such status".to_owned()),
    };
    if let Err(problem) = problem
        && !is_the_gateways(answer)
    {
        panic!("infra/openapi.yaml does not foresee {answer}: {problem}");
    }
}

/// Every media type of the document that has examples, by its pointer.
pub fn media_types() -> Vec<(String, &'static Value)> {
    let mut found = Vec::new();
    collect("/paths", &DOCUMENT["paths"], &mut found);
    found
}

/// Whether `value` is what the schema of the media type at `here` says.
pub fn conforms(here: &str, value: &Value) -> Result<(), String> {
    let validator: &Validator = VALIDATORS.lock().unwrap().entry(here.to_owned()).or_insert_with(|| {
        let mut schema = CLOSED.pointer(&format!("{here}/schema")).unwrap_or_else(|| panic!("{here}")).clone();
        schema["components"] = CLOSED["components"].clone();
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        Box::leak(Box::new(options.build(&schema).unwrap_or_else(|error| panic!("{here}: {error}"))))
    });
    validator.validate(value).map_err(|error| format!("{error} at {}", error.instance_path()))
}

/// Whether `answer` is what the response at `here` says.
fn foreseen(answer: &Answer, here: &str) -> Result<(), String> {
    let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let here = format!("{here}{}", pointer(&["content", media_type]));
    if DOCUMENT.pointer(&here).is_none() {
        return Err(format!("no {media_type:?}"));
    }
    let body = match media_type {
        "application/json" => answer.json(),
        _ => String::from_utf8_lossy(&answer.body).into(),
    };
    conforms(&here, &body)
}

/// A JSON Pointer (RFC 6901).
fn pointer(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// What API Gateway says instead of a function.
fn is_the_gateways(answer: &Answer) -> bool {
    [403, 404, 413, 429, 500, 503].contains(&answer.status)
        && serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| {
            body.as_object().is_some_and(|body| body.len() == 1 && body.get("message").is_some_and(Value::is_string))
        })
}

/// The path of the document that `path` is one of; as at the gateway, one without parameters goes first.
fn operations(path: &str) -> Option<(&'static String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object()?;
    let fits = |template: &str| {
        template.matches('/').count() == path.matches('/').count()
            && template
                .split('/')
                .zip(path.split('/'))
                .all(|(template, part)| template == part || (template.starts_with('{') && !part.is_empty()))
    };
    paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(template, _)| template.matches('{').count())
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn collect(here: &str, value: &'static Value, found: &mut Vec<(String, &'static Value)>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("example") || fields.contains_key("examples") {
                found.push((here.to_owned(), value));
            }
            for (name, field) in fields {
                collect(&format!("{here}{}", pointer(&[name])), field, found);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                collect(&format!("{here}/{place}"), item, found);
            }
        }
        _ => {}
    }
}
