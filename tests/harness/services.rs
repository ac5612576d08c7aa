//! The services of a local stack without any function in front, for what is tried through the store itself.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;

use doorward::adapter::aws::connector;

use super::stack::{binaries, workspace};
use super::{SessionTokens, now};

/// The services of a local stack, without any function in front.
pub struct ServiceStack {
    child: Child,
    pub client: Client,
    /// Where its DynamoDB is.
    pub url: String,
}

impl ServiceStack {
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
            .http_client(connector::http_client().unwrap());
        let client = Client::from_conf(config.build());
        Self { child, client, url: variables["AWS_ENDPOINT_URL_DYNAMODB"].clone() }
    }

    /// The person was authenticated so many seconds ago.
    pub async fn ages(&self, session: &SessionTokens, seconds: i64) {
        self.sets("Sessions", &session.id(), "auth_time", now() - seconds).await;
    }

    /// Sets a number of an item, in the one table of that kind.
    pub async fn sets(&self, table: &str, id: &str, attribute: &str, value: i64) {
        self.writes(table, id, attribute, AttributeValue::N(value.to_string())).await;
    }

    /// Sets whatever it is.
    pub async fn writes(&self, table: &str, id: &str, attribute: &str, value: AttributeValue) {
        let tables = self.client.list_tables().into_paginator().items().send();
        let tables: Vec<_> = tables.collect::<Result<_, _>>().await.unwrap();
        for name in tables.iter().filter(|name| name.contains(table)) {
            let update = self.client.update_item().table_name(name).key("id", AttributeValue::S(id.to_owned()));
            let update = update.update_expression(format!("SET {attribute} = :value"));
            let update = update.condition_expression("attribute_exists(id)");
            let update = update.expression_attribute_values(":value", value.clone());
            if update.send().await.is_ok() {
                return;
            }
        }
        panic!("no table {table} has {id}");
    }
}

impl Drop for ServiceStack {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
