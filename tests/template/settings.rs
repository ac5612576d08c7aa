//! The settings of each function in the template, against the settings that its code reads.

use std::collections::BTreeSet;

use super::{functions, variables};
use crate::harness::workspace;

#[test]
fn each_function_is_given_exactly_the_settings_that_its_flow_reads() {
    let (app, config) = (code("app"), code("config"));
    for name in functions().into_keys() {
        let given: BTreeSet<_> = variables(&name).into_keys().collect();
        let mut read = BTreeSet::new();
        for flow in with_what_it_opens(&name.replace('-', "_")) {
            let flow = code(&format!("flow/{flow}"));
            reads(&flow, "app.", &app, &mut read);
            reads(&flow, "env.", &config, &mut read);
        }
        if name != "rotate-keys" {
            reads(&code("function"), "app.", &app, &mut read);
            reads(&code("function"), "env.", &config, &mut read);
        }
        assert_eq!(given, read, "{name}: given by the template, and read by its flow");
    }
}

/// A flow and the parts beside it that it opens.
fn with_what_it_opens(flow: &str) -> Vec<String> {
    let mut found = vec![flow.to_owned()];
    let beside = std::fs::read_dir(workspace().join("shared/src/flow")).unwrap();
    let beside: Vec<_> =
        beside.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let mut next = 0;
    while next < found.len() {
        let text = code(&format!("flow/{}", found[next]));
        for module in &beside {
            let opens =
                types(&code(&format!("flow/{module}"))).iter().any(|name| text.contains(&format!("{name}::open(")));
            if opens && !found.contains(module) {
                found.push(module.clone());
            }
        }
        next += 1;
    }
    found
}

/// The types that a module gives methods to.
fn types(text: &str) -> Vec<&str> {
    text.split(" impl ").skip(1).map(|after| after.split(' ').next().unwrap()).collect()
}

/// Adds the variables that calls on `receiver` name: as their first argument, or inside the method that is called, which
/// `methods` has.
fn reads(text: &str, receiver: &str, methods: &str, read: &mut BTreeSet<String>) {
    for (index, _) in text.match_indices(receiver) {
        let Some((method, after)) = text[index + receiver.len()..].split_once('(') else {
            continue;
        };
        if let Some(argument) = after.strip_prefix('"') {
            read.insert(argument.split('"').next().unwrap().to_owned());
        } else if let Some((_, body)) = methods.split_once(&format!(" fn {method}(&self)")) {
            let body = body.split(" fn ").next().unwrap();
            if let Some((_, variable)) = body.split_once("let variable = \"") {
                read.insert(variable.split('"').next().unwrap().to_owned());
            }
            reads(body, "self.", methods, read);
        }
    }
}

/// A module's text with its line breaks taken out, so that a chain of calls is in one piece.
fn code(module: &str) -> String {
    let path = workspace().join("shared/src").join(module).with_extension("rs");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".")
}
