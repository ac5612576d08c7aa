//! What `template.yaml` would deploy: the one list of routes, functions, tables, secrets and settings.

mod bounds;
mod evaluate;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::failure::{Context, Failure, Result};
use crate::gateway::cors::Cors;
use crate::gateway::routes::RouteKey;
use crate::random;
use evaluate::Evaluator;

/// The account that local resource names are written in.
pub const ACCOUNT: &str = "000000000000";
/// The region that everything local is in.
pub const REGION: &str = "us-east-1";

/// The template as written, before any setting is known.
pub struct Template {
    document: Value,
}

/// What to start.
#[derive(Debug)]
pub struct Deployment {
    /// The functions.
    pub functions: Vec<Function>,
    /// The HTTP API's routes, each with the name of its function.
    pub routes: Vec<(RouteKey, String)>,
    /// The DynamoDB tables.
    pub tables: Vec<TableResource>,
    /// The secrets.
    pub secrets: Vec<SecretResource>,
    /// The API's CORS configuration, if it has one.
    pub cors: Option<Cors>,
    /// The stage's throttling, if it has one: requests a second, and at once.
    pub throttle: Option<(f64, f64)>,
}

/// A Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// The binary's name, which is also the function's.
    pub name: String,
    /// Megabytes.
    pub memory: u64,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
}

/// A DynamoDB table.
#[derive(Debug)]
pub struct TableResource {
    /// Its name in the template, under which the local pages and the trace know it.
    pub logical_name: String,
    /// Its name in the database.
    pub name: String,
    /// The body of `CreateTable`.
    pub definition: Value,
    /// The attribute that items expire by.
    pub ttl_attribute: Option<String>,
}

/// A secret.
#[derive(Debug)]
pub struct SecretResource {
    /// Its name in the template.
    pub logical_name: String,
    /// Its full name.
    pub arn: String,
    /// What it holds before anybody has written to it, if the template says so.
    pub initial: Option<String>,
    /// The function that rotates it.
    pub rotated_by: Option<String>,
}

impl Template {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).context(path.display())?;
        Self::parse(&text).context(path.display())
    }

    fn parse(text: &str) -> Result<Self> {
        Ok(Self { document: evaluate::parse(text)? })
    }

    /// The names that `--set` knows: every parameter under its variable's name.
    pub fn settings(&self) -> Vec<String> {
        self.section("Parameters").keys().map(|parameter| variable_name(parameter)).collect()
    }

    /// Refuses settings that CloudFormation would refuse.
    pub fn refuse_out_of_bounds(&self, settings: &BTreeMap<String, String>) -> Result<()> {
        for (name, parameter) in self.section("Parameters") {
            let name = variable_name(name);
            if let Some(value) = settings.get(&name) {
                bounds::check(parameter, value).map_err(|takes| {
                    let problem = format!("--set {name}={value}: template.yaml allows {takes}");
                    Failure::new(format!("{problem} (--unbounded leaves that to the functions)"))
                })?;
            }
        }
        Ok(())
    }

    /// What the template deploys with these settings. `prefix` goes in front of every table's name in the database.
    pub fn deployment(&self, settings: &BTreeMap<String, String>, prefix: &str) -> Result<Deployment> {
        let evaluator = self.evaluator(settings, prefix)?;
        let mut resources = Vec::new();
        for (name, resource) in self.section("Resources") {
            match resource.get("Condition").and_then(Value::as_str) {
                Some(condition) if !evaluator.condition(condition)? => {}
                _ => resources.push(Resource { name: name.clone(), evaluator: &evaluator, document: resource }),
            }
        }
        let of_type = |wanted: &'static str| resources.iter().filter(move |resource| resource.kind() == wanted);
        let globals = self.document.pointer("/Globals/Function").cloned().unwrap_or(Value::Null);

        let functions = of_type("AWS::Serverless::Function").map(|it| it.function(&globals)).collect::<Result<_>>()?;
        let integrations = of_type("AWS::ApiGatewayV2::Integration")
            .map(|it| {
                let uri = it.text("IntegrationUri")?;
                let function = uri.rsplit(":function:").next().and_then(|rest| rest.split('/').next());
                Ok((format!("integrations/{}", it.name), function.unwrap_or_default().to_owned()))
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        let routes = of_type("AWS::ApiGatewayV2::Route")
            .map(|it| {
                let key = it.text("RouteKey")?;
                let target = it.text("Target")?;
                let function = integrations
                    .get(&target)
                    .ok_or_else(|| Failure::new(format!("{}: {target} is not an integration", it.name)))?;
                Ok((RouteKey::parse(&key).context(&it.name)?, function.clone()))
            })
            .collect::<Result<_>>()?;

        let rotations = of_type("AWS::SecretsManager::RotationSchedule")
            .map(|it| {
                let function = it.text("RotationLambdaARN")?;
                Ok((it.text("SecretId")?, function.rsplit(':').next().unwrap_or_default().to_owned()))
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        let secrets = of_type("AWS::SecretsManager::Secret").map(|it| it.secret(&rotations)).collect::<Result<_>>()?;
        let tables = of_type("AWS::DynamoDB::Table").map(|it| it.table(prefix)).collect::<Result<_>>()?;

        let mut cors = None;
        for api in of_type("AWS::ApiGatewayV2::Api") {
            let configuration = api.property("CorsConfiguration")?;
            if !configuration.is_null() {
                cors = Some(Cors::from_template(&configuration));
            }
        }
        let mut throttle = None;
        for stage in of_type("AWS::ApiGatewayV2::Stage") {
            let settings = stage.property("DefaultRouteSettings")?;
            throttle =
                bounds::number(&settings["ThrottlingRateLimit"]).zip(bounds::number(&settings["ThrottlingBurstLimit"]));
        }
        Ok(Deployment { functions, routes, tables, secrets, cors, throttle })
    }

    fn evaluator(&self, settings: &BTreeMap<String, String>, prefix: &str) -> Result<Evaluator> {
        let mut references = BTreeMap::from(
            [
                ("AWS::AccountId", ACCOUNT),
                ("AWS::Region", REGION),
                ("AWS::Partition", "aws"),
                ("AWS::URLSuffix", "amazonaws.com"),
                ("AWS::StackName", "doorward-local"),
                ("AWS::StackId", "arn:aws:cloudformation:us-east-1:000000000000:stack/doorward-local/local"),
            ]
            .map(|(name, value)| (name.to_owned(), Value::from(value))),
        );
        for (name, parameter) in self.section("Parameters") {
            let given = settings.get(&variable_name(name)).map(|value| Value::from(value.as_str()));
            let value = given
                .or_else(|| parameter.get("Default").cloned())
                .ok_or_else(|| Failure::new(format!("{} needs a value: --set", variable_name(name))))?;
            let is_list = matches!(parameter["Type"].as_str(), Some("CommaDelimitedList"));
            let value = match value.as_str() {
                Some(list) if is_list => list.split(',').map(|item| Value::from(item.trim())).collect(),
                _ => value,
            };
            references.insert(name.clone(), value);
        }

        let mut evaluator = Evaluator {
            references,
            attributes: BTreeMap::new(),
            conditions: self.section("Conditions").clone(),
            mappings: self.document["Mappings"].clone(),
        };
        for (name, resource) in self.section("Resources") {
            let mut own = name.clone();
            let mut attribute = |attribute: &str, value: String| {
                evaluator.attributes.insert(format!("{name}.{attribute}"), value);
            };
            match resource["Type"].as_str().unwrap_or_default() {
                "AWS::DynamoDB::Table" => {
                    own = format!("{prefix}{name}");
                    attribute("Arn", format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{own}"));
                }
                "AWS::SecretsManager::Secret" => {
                    own = secret_arn(name);
                    attribute("Id", own.clone());
                }
                "AWS::Serverless::Function" => {
                    own = binary(name, resource)?;
                    attribute("Arn", format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{own}"));
                }
                "AWS::ApiGatewayV2::Api" => {
                    own = "local".to_owned();
                    attribute("ApiEndpoint", format!("https://local.execute-api.{REGION}.amazonaws.com"));
                }
                _ => {}
            }
            evaluator.references.insert(name.clone(), own.into());
        }
        Ok(evaluator)
    }

    fn section(&self, name: &str) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.document.get(name).and_then(Value::as_object).unwrap_or(&EMPTY)
    }
}

/// A resource and what it may refer to.
struct Resource<'a> {
    name: String,
    evaluator: &'a Evaluator,
    document: &'a Value,
}

impl Resource<'_> {
    fn kind(&self) -> &str {
        self.document["Type"].as_str().unwrap_or_default()
    }

    fn property(&self, name: &str) -> Result<Value> {
        self.evaluator.value(&self.document["Properties"][name]).context(format!("{}.{name}", self.name))
    }

    fn text(&self, name: &str) -> Result<String> {
        self.evaluator.text(&self.document["Properties"][name]).context(format!("{}.{name}", self.name))
    }

    fn function(&self, globals: &Value) -> Result<Function> {
        let mut environment = BTreeMap::new();
        for variables in
            [&globals["Environment"]["Variables"], &self.document["Properties"]["Environment"]["Variables"]]
        {
            for (name, value) in variables.as_object().into_iter().flatten() {
                let value = self.evaluator.text(value).context(format!("{}: {name}", self.name))?;
                environment.insert(name.clone(), value);
            }
        }
        let limit = |name: &str, otherwise: u64| {
            let own = self.property(name)?;
            let value = if own.is_null() { self.evaluator.value(&globals[name])? } else { own };
            Ok::<_, Failure>(bounds::number(&value).map_or(otherwise, |value| value as u64))
        };
        Ok(Function {
            name: binary(&self.name, self.document)?,
            memory: limit("MemorySize", 128)?,
            timeout: Duration::from_secs(limit("Timeout", 3)?),
            environment,
        })
    }

    fn secret(&self, rotations: &BTreeMap<String, String>) -> Result<SecretResource> {
        let arn = secret_arn(&self.name);
        Ok(SecretResource {
            logical_name: self.name.clone(),
            initial: self.initial()?,
            rotated_by: rotations.get(&arn).cloned(),
            arn,
        })
    }

    /// What is written, or made at the deployment: a JSON object with one random text in it. Neither for keys.
    fn initial(&self) -> Result<Option<String>> {
        let made = self.property("GenerateSecretString")?;
        if let Some(key) = made["GenerateStringKey"].as_str() {
            let template = made["SecretStringTemplate"].as_str().unwrap_or("{}");
            let mut object: Map<String, Value> = serde_json::from_str(template).context(&self.name)?;
            object.insert(key.to_owned(), random::hex(&random::bytes::<32>()?).into());
            return Ok(Some(Value::from(object).to_string()));
        }
        let written = !self.property("SecretString")?.is_null();
        written.then(|| self.text("SecretString")).transpose()
    }

    fn table(&self, prefix: &str) -> Result<TableResource> {
        let name = format!("{prefix}{}", self.name);
        let mut definition = Map::from_iter([("TableName".to_owned(), json!(name))]);
        // Backups, encryption and deletion protection have no meaning here.
        for property in
            ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "BillingMode"]
        {
            let value = self.property(property)?;
            if !value.is_null() {
                definition.insert(property.to_owned(), value);
            }
        }
        let ttl = self.property("TimeToLiveSpecification")?;
        let ttl_attribute = ttl["AttributeName"].as_str().filter(|_| ttl["Enabled"] != false).map(str::to_owned);
        Ok(TableResource { logical_name: self.name.clone(), name, definition: definition.into(), ttl_attribute })
    }
}

/// The package that the function is built from: `Metadata.BuildProperties.Binary`.
fn binary(name: &str, resource: &Value) -> Result<String> {
    resource
        .pointer("/Metadata/BuildProperties/Binary")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("{name} names no binary in Metadata.BuildProperties")))
}

/// Secrets Manager ends every name with six random characters; these are always the same, so that a restart finds the
/// secret again.
fn secret_arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-Local0")
}

/// `PublicUrl` is `PUBLIC_URL`.
fn variable_name(parameter: &str) -> String {
    let mut name = String::new();
    for (position, character) in parameter.char_indices() {
        if character.is_ascii_uppercase() && position > 0 {
            name.push('_');
        }
        name.push(character.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests;
