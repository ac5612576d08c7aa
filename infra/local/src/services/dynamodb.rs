//! DynamoDB: an embedded server, or another one elsewhere, behind the trace.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use dynoxide::Database;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::failure::{Context, Failure, Result};
use crate::options::DataLocation;
use crate::template::{REGION, TableResource};

/// How many items a dump reads at once, so that it keeps nobody waiting.
const PAGE: u8 = 100;

/// How often expired items are deleted. AWS may take two days.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// The way to the database.
pub struct DynamoDb {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// From names in the database to names in the template.
    logical_names: BTreeMap<String, String>,
}

impl DynamoDb {
    /// Starts the embedded server, unless there is another one at `elsewhere`.
    pub async fn start(data: &DataLocation, elsewhere: Option<&str>) -> Result<Self> {
        let url = match elsewhere {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => embedded(data).await?,
        };
        Ok(Self { url, client: Client::builder(TokioExecutor::new()).build_http(), logical_names: BTreeMap::new() })
    }

    /// Creates the tables that do not exist yet.
    pub async fn create(&mut self, tables: &[TableResource]) -> Result<()> {
        for table in tables {
            self.logical_names.insert(table.name.clone(), table.logical_name.clone());
            if let Err(error) = self.call("CreateTable", &table.definition).await {
                match error.to_string().contains("ResourceInUseException") {
                    true => continue,
                    false => return Err(error),
                }
            }
            if let Some(attribute) = &table.ttl_attribute {
                let specification = json!({"AttributeName": attribute, "Enabled": true});
                let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
                self.call("UpdateTimeToLive", &request).await?;
            }
        }
        Ok(())
    }

    /// Every item of every table, by the table's name in the template.
    pub async fn dump(&self) -> Result<Value> {
        let mut tables = Map::new();
        for (name, logical_name) in &self.logical_names {
            let mut items = Vec::new();
            let mut start = Value::Null;
            loop {
                let mut request = json!({"TableName": name, "ConsistentRead": true, "Limit": PAGE});
                if !start.is_null() {
                    request["ExclusiveStartKey"] = start;
                }
                let mut page = self.call("Scan", &request).await?;
                items.append(page["Items"].as_array_mut().unwrap_or(&mut Vec::new()));
                start = page["LastEvaluatedKey"].take();
                if start.is_null() {
                    break;
                }
            }
            tables.insert(logical_name.clone(), items.into());
        }
        Ok(tables.into())
    }

    /// The table of a request, or the tables of a transaction or batch, one for each item.
    pub fn tables_of(&self, request: &Value) -> (Option<String>, Vec<String>) {
        let logical = |name: &str| self.logical_names.get(name).map_or(name, String::as_str).to_owned();
        let mut tables = Vec::new();
        for item in request["TransactItems"].as_array().into_iter().flatten() {
            let actions = item.as_object().into_iter().flatten();
            tables.extend(actions.filter_map(|(_, action)| action["TableName"].as_str()).map(logical));
        }
        for (name, items) in request["RequestItems"].as_object().into_iter().flatten() {
            let count = items.as_array().or(items["Keys"].as_array()).map_or(1, Vec::len);
            tables.extend(std::iter::repeat_n(logical(name), count));
        }
        (request["TableName"].as_str().map(logical), tables)
    }

    /// Hands a signed request on as it is.
    pub async fn forward(&self, headers: &HeaderMap, body: Bytes) -> Response<Body> {
        let mut request = Request::post(format!("{}/", self.url));
        for (name, value) in headers {
            if ![header::HOST, header::CONTENT_LENGTH, header::CONNECTION].contains(name) {
                request = request.header(name, value);
            }
        }
        let answer = match request.body(Full::new(body)) {
            Ok(request) => self.client.request(request).await,
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        };
        match answer {
            Ok(answer) => {
                let (mut parts, body) = answer.into_parts();
                for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
                    parts.headers.remove(name);
                }
                Response::from_parts(parts, Body::new(body))
            }
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    /// An operation of the local stack's own.
    async fn call(&self, operation: &str, request: &Value) -> Result<Value> {
        let credential = format!("Credential=local-stack/20260101/{REGION}/dynamodb/aws4_request");
        let request = Request::post(format!("{}/", self.url))
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header(header::AUTHORIZATION, format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"))
            .body(Full::new(Bytes::from(request.to_string())))
            .context(&self.url)?;
        let what = format!("DynamoDB at {}: {operation}", self.url);
        let answer = self.client.request(request).await.context(&what)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.context(&what)?.to_bytes();
        if !status.is_success() {
            return Err(Failure::new(format!("{what}: {}", String::from_utf8_lossy(&body))));
        }
        serde_json::from_slice(&body).context(what)
    }
}

/// Starts the embedded server and its sweeper; its address.
async fn embedded(data: &DataLocation) -> Result<String> {
    let database = match data.file("dynamodb.sqlite") {
        Some(file) => Database::new(&file.to_string_lossy()).context(file.display())?,
        None => Database::memory().context("the database in memory")?,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for DynamoDB")?;
    let address = listener.local_addr().context("no port for DynamoDB")?;
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), std::future::pending()));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            let database = database.clone();
            let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
        }
    });
    Ok(format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(tables: &[(&str, &str)]) -> DynamoDb {
        DynamoDb {
            url: String::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            logical_names: tables.iter().map(|(name, logical)| ((*name).into(), (*logical).into())).collect(),
        }
    }

    #[tokio::test]
    async fn a_trace_knows_tables_by_their_names_in_the_template() {
        let database = database(&[("x1-Users", "Users"), ("x1-Sessions", "Sessions")]);
        assert_eq!(database.tables_of(&json!({"TableName": "x1-Users"})), (Some("Users".into()), vec![]));
        let transaction = json!({"TransactItems": [
            {"Put": {"TableName": "x1-Users"}}, {"ConditionCheck": {"TableName": "x1-Users"}},
            {"Update": {"TableName": "x1-Sessions"}},
        ]});
        assert_eq!(database.tables_of(&transaction).1, ["Users", "Users", "Sessions"]);
        let batch = json!({"RequestItems": {"x1-Sessions": {"Keys": [{}, {}]}}});
        assert_eq!(database.tables_of(&batch).1, ["Sessions", "Sessions"]);
    }
}
