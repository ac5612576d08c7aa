//! What the documentation says to type into a terminal, typed.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{APP, Call, NO_PAUSE, Stack, workspace};
use crate::template::routes;

/// The blocks in this language of a section of a file.
fn blocks(file: &str, section: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(workspace().join(file)).unwrap();
    let (_, section) = text.split_once(section).unwrap_or_else(|| panic!("{file} has no {section:?}"));
    let section = section.split("\n## ").next().unwrap();
    let opening = format!("```{language}\n");
    let blocks = section.split(&opening).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Types it, at a stack that has another port, and an app's page in place of the local stack's own.
fn typed(stack: &Stack, commands: &str) -> String {
    let commands = commands.replace("\"http://localhost:9100/\"", &format!("{APP:?}"));
    let commands = commands.replace("http://localhost:9100", &stack.url);
    let done = Command::new("sh").args(["-c", &commands]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    said
}

/// The answers came in this order.
#[track_caller]
fn are(said: &str, answers: &[&str]) {
    let mut rest = said;
    for answer in answers {
        let Some((_, after)) = rest.split_once(answer) else { panic!("no {answer:?} where it should be in {said}") };
        rest = after;
    }
}

#[test]
fn the_readmes_table_has_every_route_and_no_other() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let table = readme.lines().skip_while(|line| *line != "| Route | |").take_while(|line| !line.is_empty());
    let spans = table.flat_map(|row| row.split('`').skip(1).step_by(2)).map(|span| span.split('?').next().unwrap());
    let named = spans.map(|span| span.split_once(' ').unwrap_or(("", span)));
    let named: Vec<_> = named.filter(|(_, path)| path.starts_with(['/', '…'])).collect();
    let routes: Vec<_> = routes().into_keys().collect();
    let routes: Vec<_> = routes.iter().map(|key| key.split_once(' ').unwrap()).collect();
    for (method, path) in &named {
        let is_route = routes.iter().any(|route| is_named(route.1, path) && (method.is_empty() || route.0 == *method));
        assert!(is_route, "the README's {method} {path} is no route");
    }
    for (method, path) in routes.iter().filter(|route| !["/", "/favicon.ico"].contains(&route.1)) {
        assert!(named.iter().any(|(_, named)| is_named(path, named)), "the README lacks {method} {path}");
    }
}

/// Whether the README means this path of a route: `…` leaves out how one begins or goes on.
fn is_named(path: &str, named: &str) -> bool {
    match (named.strip_prefix('…'), named.strip_suffix('…'), path.split_once('{')) {
        (Some(end), _, _) => path.ends_with(end),
        (_, Some(start), _) => path.starts_with(start),
        (_, _, Some((start, rest))) if rest.ends_with("+}") => named.starts_with(start),
        _ => path == named,
    }
}

#[tokio::test]
async fn the_readmes_first_steps_lead_through_a_session_and_out() {
    let stack = Stack::with(&[NO_PAUSE]);
    let [steps] = &blocks("README.md", "# Doorward", "sh")[..] else { panic!("the README has one walk") };
    let answers = [
        "\"sent\":true",
        "\"accessToken\":",
        "MAGIC_LINK_USED",
        "\"sessionId\":",
        "\"refreshToken\":",
        "\"success\":true",
        "REFRESH_TOKEN_REVOKED",
    ];
    are(&typed(&stack, steps), &answers);
}

#[tokio::test]
async fn the_readmes_invitation_is_mailed_and_its_link_opens() {
    let section = "## Inviting people";
    let rows: Value = serde_json::from_str(&blocks("README.md", section, "json")[0]).unwrap();
    let stack = Stack::start(1, &["ACTOR_TYPES=member:invite"], &rows);
    let [steps] = &blocks("README.md", section, "sh")[..] else { panic!("the README invites once") };
    let said = typed(&stack, steps);
    are(&said, &["\"inviteId\":", "/login/invite?token="]);
    let page = said.lines().last().unwrap().strip_prefix(&stack.url).unwrap();
    let page = stack.visitor().send(Call::get(page)).await.is_page(200);
    assert!(page.contains("grace@example.com"), "{page}");
}

#[tokio::test]
async fn a_login_system_of_ones_own_is_tried_as_it_is_told() {
    let section = "## Your own login system";
    let rows: Value = serde_json::from_str(&blocks("infra/PROVIDERS.md", section, "json")[1]).unwrap();
    let stack = Stack::start(1, &[], &rows);
    let [key, steps] = &blocks("infra/PROVIDERS.md", section, "sh")[..] else { panic!("a key, and a walk") };
    let made = typed(&stack, key);
    let lengths: Vec<_> = made.lines().map(str::len).collect();
    assert_eq!(lengths, [43, 64], "a key of 256 bits and its hash: {made}");
    are(&typed(&stack, steps), &["\"authUrl\":", "\"continueUrl\":", "\"accessToken\":", "\"authToken\":"]);
}
