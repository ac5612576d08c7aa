//! The local stack as a developer meets it: an app of theirs, what the stack shows, and what it says when it cannot start.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, LEASH, Person, Stack, binaries, tool, workspace};

const FRONT_END: &str = "http://localhost:3000";

fn stack() -> &'static Stack {
    static WITH_APPS: LazyLock<Stack> =
        LazyLock::new(|| Stack::with_options(&["--app", FRONT_END, "--app", "http://localhost:5173/auth/done"]));
    &WITH_APPS
}

async fn ask(stack: &Stack, call: Call) -> Answer {
    call.send(Ipv4Addr::LOCALHOST, stack.address).await
}

async fn asks_for_link(stack: &Stack, target: &str) -> Answer {
    let body = json!({"email": Person::new().email, "redirectUri": target});
    ask(stack, Call::post("/v1/auth/magic-link").json(&body)).await
}

#[tokio::test]
async fn an_app_of_ones_own_may_call_with_the_browsers_cookie() {
    for (origin, allowed) in
        [(FRONT_END, Some(FRONT_END)), ("http://localhost:5173", Some("http://localhost:5173")), (APP, None)]
    {
        let preflight = Call::new("OPTIONS", "/v1/auth/session")
            .header("origin", origin)
            .header("access-control-request-method", "GET");
        let answer = ask(stack(), preflight).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{answer}");
        assert_eq!(answer.header("access-control-allow-credentials"), allowed.map(|_| "true"), "{answer}");
    }
}

#[tokio::test]
async fn people_come_back_to_an_app_of_ones_own_and_to_no_other_page_of_it() {
    for page in ["http://localhost:3000/", "http://localhost:3000/callback", "http://localhost:5173/auth/done", APP] {
        asks_for_link(stack(), page).await.data();
    }
    for page in ["http://localhost:3000", "http://localhost:3000/other", "http://localhost:5173/"] {
        asks_for_link(stack(), page).await.refuses(400, "INVALID_REDIRECT");
    }
}

#[tokio::test]
async fn the_start_page_can_be_returned_to_although_other_targets_were_set() {
    let stack = Stack::shared();
    asks_for_link(stack, &format!("{}/", stack.url)).await.data();
}

#[tokio::test]
async fn a_request_its_calls_and_its_log_have_one_id() {
    let answer = asks_for_link(stack(), APP).await;
    let id = answer.request_id();
    stack().audited(&id, &["mail_sent"]).await;
    let listed = ask(stack(), Call::get("/_local/requests")).await.json();
    let ours: Vec<_> = listed.as_array().unwrap().iter().filter(|request| request["requestId"] == *id).collect();
    assert_eq!(ours.len(), 1, "{listed}");
    assert_eq!(
        (&ours[0]["method"], &ours[0]["path"], &ours[0]["status"]),
        (&json!("POST"), &json!("/v1/auth/magic-link"), &json!(200))
    );
    let calls = stack().trace().await.into_iter().filter(|call| call["requestId"] == *id);
    let operations: Vec<_> = calls.map(|call| call["operation"].as_str().unwrap().to_owned()).collect();
    assert!(operations.ends_with(&["GetItem", "TransactWriteItems", "SendEmail"].map(str::to_owned)), "{operations:?}");
}

#[tokio::test]
async fn the_settings_in_force_are_told_and_nothing_that_is_none() {
    let told = ask(stack(), Call::get("/_local/settings")).await.json();
    assert_eq!(told["settings"]["ALLOWED_ORIGINS"], json!("http://localhost:3000,http://localhost:5173"));
    assert_eq!(told["settings"].get("USERS_TABLE"), None, "{told}");
    assert!(told["functions"].as_array().unwrap().contains(&json!("verify")), "{told}");
}

#[tokio::test]
async fn a_fault_on_order_is_told_as_it_stands() {
    let stack = Stack::with_options(&[]);
    stack.orders(&json!({"function": "magic-link", "kind": "failed", "after": 1, "times": 9})).await;
    asks_for_link(&stack, APP).await.refuses(503, "UNAVAILABLE");
    let told = ask(&stack, Call::get("/_local/faults")).await.json();
    assert_eq!((&told["fault"]["kind"], &told["fault"]["after"]), (&json!("failed"), &json!(0)), "{told}");
    assert!(told["struck"].as_u64().unwrap() > 0, "{told}");
    stack.heals().await;
    assert_eq!(ask(&stack, Call::get("/_local/faults")).await.json(), json!({"fault": null, "struck": 0}));
}

// ---- starts that do not get far

/// A start of the program with these arguments, as `cargo` would be found at `cargo`.
fn start(cargo: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(binaries().join("doorward-local"));
    command.current_dir(workspace()).args(arguments).env("CARGO", cargo);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a start that fails says last.
fn complaint(arguments: &[&str]) -> String {
    let output = start(Path::new("/nowhere/cargo"), arguments).wait_with_output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap().trim_end().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn without_cargo_a_start_says_what_to_install() {
    let expected = "doorward-local: the functions are built with cargo, which is not on the PATH: install Rust from \
                    https://rustup.rs, or name a directory of ready-made binaries with --functions";
    assert_eq!(complaint(&["--port", "0", "--data", "memory"]), expected);
}

#[test]
fn a_directory_that_cannot_be_written_is_named_with_what_to_choose_instead() {
    let said = complaint(&["--port", "0", "--data", "/proc/nowhere"]);
    assert!(said.starts_with("doorward-local: /proc/nowhere cannot be written to ("), "{said}");
    assert!(said.ends_with("): choose another directory, or memory, with --data"), "{said}");
}

#[test]
fn a_file_that_is_missing_is_named_with_the_option_that_names_it() {
    let said = complaint(&["--port", "0", "--data", "memory", "--providers", "nowhere.json"]);
    assert!(said.starts_with("doorward-local: --providers nowhere.json: "), "{said}");
    let said = complaint(&["--port", "0", "--data", "memory", "--functions", "nowhere"]);
    assert!(said.starts_with("doorward-local: --functions nowhere: "), "{said}");
}

#[test]
fn what_is_no_app_is_refused_with_an_example() {
    let said = String::from_utf8(start(Path::new("/"), &["--app", "3000"]).wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("'3000' for '--app <URL>': write the app's origin, such as http://localhost:3000"), "{said}");
}

#[tokio::test]
async fn while_the_functions_are_built_the_port_answers_with_a_page_that_looks_again() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let folder = folder("slow");
    let slow = script(&folder, "#!/bin/sh\nexec sleep 60\n");
    let mut child = start(&slow, &["--port", &port.to_string(), "--data", "memory"]);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while tokio::net::TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = Call::get("/login?return_to=x").send(Ipv4Addr::LOCALHOST, address).await;
    let style = Call::get("/_local/assets/page.css").send(Ipv4Addr::LOCALHOST, address).await;
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!((page.status, style.status), (503, 200), "{page}");
    assert_eq!((page.header("retry-after"), page.header("connection")), (Some("2"), Some("close")), "{page}");
    assert!(page.to_string().contains(r#"<meta http-equiv="refresh" content="2">"#), "{page}");
}

#[test]
fn the_variables_for_cargo_lambda_stand_in_a_file_as_its_option_reads_them() {
    let folder = folder("variables");
    let file = folder.join("lambda.env");
    let stack = Stack::with_options(&["--services-only", "--env-file", file.to_str().unwrap()]);
    let written = std::fs::read_to_string(&file).unwrap();
    drop(stack);
    std::fs::remove_dir_all(folder).unwrap();
    let variables: std::collections::BTreeMap<_, _> =
        written.lines().map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line}"))).collect();
    assert_eq!(variables["PUBLIC_URL"], "'http://localhost:9000'");
    // Without quotes, the first would be refused and the second a comment.
    assert_eq!(variables["MAIL_FROM"], "'Doorward <no-reply@localhost.localdomain>'");
    assert_eq!(variables["BRAND_COLOR"], "'#1d5c4f'");
    assert!(variables["AWS_ENDPOINT_URL_SESV2"].starts_with("'http://127.0.0.1:"), "{written}");
    assert!(variables.contains_key("USERS_TABLE") && variables.contains_key("TOKEN_KEYS_SECRET"), "{written}");
}

#[tokio::test]
async fn cargo_lambda_runs_the_functions_by_that_file() {
    let folder = folder("lambda");
    let file = folder.join("lambda.env");
    let services = Stack::with_options(&["--services-only", "--env-file", file.to_str().unwrap()]);
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut watch = Command::new("sh")
        .args(["-c", LEASH, "sh"])
        .arg(tool("lambda/bin/cargo-lambda"))
        .args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string(), "--env-file"])
        .arg(&file)
        .current_dir(workspace())
        // `tests/run` means this program alone: cargo would build everything anew.
        .env_remove("RUSTC_BOOTSTRAP")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert_eq!(watch.try_wait().unwrap(), None, "it ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let post = async |path: &str, body: &Value| Call::post(path).json(body).send(Ipv4Addr::LOCALHOST, address).await;

    let email = Person::new().email;
    let mailed = post("/v1/auth/magic-link", &json!({ "email": email, "redirectUri": APP })).await;
    let mails = services.mails_to(&email).await;
    let token = mails[0]["text"].as_str().unwrap().split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let verified = post("/v1/auth/verify", &json!({ "token": token })).await;
    let bearer = verified.data()["accessToken"].as_str().unwrap().to_owned();
    let with_token = async |call: Call| call.bearer(&bearer).send(Ipv4Addr::LOCALHOST, address).await;
    let session = with_token(Call::get("/v1/auth/session")).await.data();
    let its_path = format!("/v1/auth/sessions/{}", session["sessionId"].as_str().unwrap());
    let ended = with_token(Call::new("DELETE", its_path)).await;

    drop(watch.stdin.take());
    watch.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(mailed.data()["sent"], true);
    assert_eq!(verified.data()["user"]["email"], json!(email));
    ended.data();
}

// ---- what is changed while it runs

/// A folder with a workspace of its own in it: a function's source there is the name of the binary to be built of it.
fn workspace_to_change(name: &str) -> PathBuf {
    let folder = folder(name);
    std::fs::copy(workspace().join("template.yaml"), folder.join("template.yaml")).unwrap();
    std::fs::create_dir(folder.join("functions")).unwrap();
    std::fs::create_dir(folder.join("built")).unwrap();
    for function in std::fs::read_dir(workspace().join("functions")).unwrap() {
        let function = function.unwrap().file_name();
        std::fs::write(folder.join("functions").join(&function), function.as_encoded_bytes()).unwrap();
        place(&folder, function.to_str().unwrap(), function.to_str().unwrap());
    }
    folder
}

/// Has the folder's binary of a function be that of another one from now on, in one step.
fn place(folder: &Path, function: &str, other: &str) {
    let new = folder.join("new");
    std::os::unix::fs::symlink(binaries().join(other), &new).unwrap();
    std::fs::rename(new, folder.join("built").join(function)).unwrap();
}

#[tokio::test]
async fn a_binary_that_is_replaced_answers_the_next_request_of_the_same_session() {
    let folder = workspace_to_change("replaced");
    let stack = Stack::watching(&folder, &["--functions", "built"]);
    let session = stack.visitor().signs_in_by_link(&Person::new().email).await;
    stack.visitor().looks_up(&session.access_token).await.data();
    place(&folder, "session", "well-known");
    stack.visitor().looks_up(&session.access_token).await.refuses(404, "NOT_FOUND");
    place(&folder, "session", "session");
    stack.visitor().looks_up(&session.access_token).await.data();
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_change_is_built_before_the_next_request_is_answered_and_what_cannot_be_built_changes_nothing() {
    let folder = workspace_to_change("changed");
    script(
        &folder,
        &format!(
            r#"#!/bin/sh
            cd functions
            for function in *; do
                binary="{}/$(cat "$function")"
                [ -e "$binary" ] && ln -sf "$binary" "../built/$function" || exit
                echo '{{"target":{{"name":"'"$function"'"}},"executable":"'"$OLDPWD/built/$function"'"}}'
            done"#,
            binaries().display()
        ),
    );
    let stack = Stack::watching(&folder, &[]);
    let session = stack.visitor().signs_in_by_link(&Person::new().email).await;
    let source = folder.join("functions/session");
    stack.visitor().looks_up(&session.access_token).await.data();
    std::fs::write(&source, "well-known").unwrap();
    stack.visitor().looks_up(&session.access_token).await.refuses(404, "NOT_FOUND");
    std::fs::write(&source, "what does not build").unwrap();
    stack.visitor().looks_up(&session.access_token).await.refuses(404, "NOT_FOUND");
    std::fs::write(&source, "session").unwrap();
    stack.visitor().looks_up(&session.access_token).await.data();
    std::fs::remove_dir_all(folder).unwrap();
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("doorward-local-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn script(folder: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("cargo");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}
