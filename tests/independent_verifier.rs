//! Our access tokens, judged by a library that is not ours (PyPI `PyJWT`), with nothing but our public URL to go by.

use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::{Person, Stack, tool};

#[tokio::test]
async fn a_library_that_is_not_ours_believes_our_rsa_tokens() {
    let stack = Stack::shared();
    let session = stack.visitor().signs_in(&Person::new()).await;
    assert_eq!(believed(&stack.url, &stack.url, &session.access_token), session.claims());
}

#[tokio::test]
async fn a_library_that_is_not_ours_believes_our_elliptic_tokens() {
    let stack = Stack::elliptic();
    let session = stack.visitor().signs_in(&Person::new()).await;
    assert_eq!(believed(&stack.url, "https://api.example", &session.access_token), session.claims());
}

#[tokio::test]
async fn a_library_that_is_not_ours_believes_refreshed_tokens() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let session = visitor.renews(&visitor.signs_in(&Person::new()).await).await;
    assert_eq!(believed(&stack.url, &stack.url, &session.access_token), session.claims());
}

#[tokio::test]
async fn a_library_that_is_not_ours_refuses_our_tokens_for_another_audience() {
    let stack = Stack::shared();
    let session = stack.visitor().signs_in(&Person::new()).await;
    let output = judge(&stack.url, "https://another.example", &session.access_token);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains("InvalidAudienceError"), "{complaint}");
}

fn believed(issuer: &str, audience: &str, token: &str) -> Value {
    let output = judge(issuer, audience, token);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn judge(issuer: &str, audience: &str, token: &str) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/independent_verifier.py");
    Command::new(tool("jwt/bin/python")).args([script, issuer, audience, token]).output().unwrap()
}
