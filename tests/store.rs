//! The tables that no endpoint reaches yet, tried through the store itself on whichever DynamoDB there is.

use crate::harness::{binaries, now, workspace};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use doorward::clock::Timestamp;
use doorward::email::EmailAddress;
use doorward::invite::Invite;
use doorward::secret::SingleUseToken;
use doorward::store::invites::Invites;
use doorward::store::{Committed, Consumed, Transactions};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The services of a local stack, without any function in front.
pub struct Services {
    child: Child,
    pub client: Client,
    /// Where its DynamoDB is.
    pub url: String,
    invites: Invites,
}

impl Services {
    pub fn start() -> Self {
        let mut command = Command::new(binaries().join("doorward-local"));
        command.args(["--services-only", "--port", "0", "--data", "memory", "--functions"]).arg(binaries());
        if let Ok(url) = std::env::var("DOORWARD_TEST_DYNAMODB") {
            command.args(["--dynamodb", &url]);
        }
        command.current_dir(workspace()).stdin(Stdio::null()).stderr(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let variables: HashMap<_, _> = lines
            .take_while(|line| !line.starts_with("ready "))
            .filter_map(|line| {
                let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
                Some((name.to_owned(), value.trim_matches('\'').to_owned()))
            })
            .collect();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(variables["AWS_REGION"].clone()))
            .credentials_provider(Credentials::new("local-tests", "local", None, None, "tests"))
            .endpoint_url(&variables["AWS_ENDPOINT_URL_DYNAMODB"])
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let client = Client::from_conf(config.build());
        let invites = Invites::new(client.clone(), variables["SESSIONS_TABLE"].replace("Sessions", "Invites"));
        Self { child, client, url: variables["AWS_ENDPOINT_URL_DYNAMODB"].clone(), invites }
    }

    /// An invite for a member, good for an hour.
    async fn invites_somebody(&self) -> (SingleUseToken, Invite) {
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let kept = Invite::start(email, "member".into(), Some("admin".into()), at(0), Duration::from_secs(3600));
        let write = self.invites.keeping(&kept.0, &kept.1).unwrap();
        assert!(matches!(Transactions::new(self.client.clone()).commit(vec![write]).await, Ok(Committed::Done)));
        kept
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// So many seconds from now.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(now() + seconds)
}

#[tokio::test]
async fn of_64_who_accept_one_invite_at_once_one_gets_it() {
    let services = Services::start();
    let (token, invite) = services.invites_somebody().await;
    let accept = || services.invites.consume(&token, "member", at(1));
    let mut accepted = Vec::new();
    for answer in join_all((0..64).map(|_| accept())).await {
        match answer.unwrap() {
            Consumed::Once(invite) => accepted.push(invite),
            Consumed::Refused(kept) => assert!(kept.unwrap().used_at.is_some()),
        }
    }
    assert_eq!(accepted.len(), 1);
    assert_eq!(Invite { used_at: None, ..accepted.remove(0) }, invite);
}

#[tokio::test]
async fn an_invite_for_another_actor_type_or_too_late_is_not_used_up() {
    let services = Services::start();
    let (token, invite) = services.invites_somebody().await;
    for (actor_type, moment) in [("staff", at(1)), ("member", at(3601))] {
        let answer = services.invites.consume(&token, actor_type, moment).await.unwrap();
        assert!(matches!(answer, Consumed::Refused(Some(kept)) if kept == invite), "{actor_type}");
    }
    let unknown = services.invites.consume(&SingleUseToken::random(), "member", at(1)).await.unwrap();
    assert!(matches!(unknown, Consumed::Refused(None)));
    assert!(matches!(services.invites.consume(&token, "member", at(1)).await, Ok(Consumed::Once(_))));
}
