//! An operation in a few words, and what OpenAPI 3.1 says of it.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use doorward::web::actor::ActorErrorBody;
use doorward::web::gateway::GatewayErrorBody;
use doorward::web::lab::LabErrorBody;
use doorward::web::refusal::ErrorBody;
use doorward::web::social::SocialErrorBody;

/// The codes of `v1`, and their statuses.
const CODES: &[(&str, u16)] = &[
    ("ACCESS_DENIED", 400),
    ("ACCOUNT_EXISTS", 409),
    ("FORBIDDEN", 403),
    ("INTERNAL", 500),
    ("INVALID_CODE", 400),
    ("INVALID_PROVIDER", 400),
    ("INVALID_REDIRECT", 400),
    ("INVALID_REQUEST", 400),
    ("INVALID_STATE", 400),
    ("LAST_IDENTITY", 409),
    ("MAGIC_LINK_EXPIRED", 400),
    ("MAGIC_LINK_INVALID", 400),
    ("MAGIC_LINK_USED", 400),
    ("NOT_FOUND", 404),
    ("PAYLOAD_TOO_LARGE", 413),
    ("PROVIDER_UNAVAILABLE", 502),
    ("RATE_LIMITED", 429),
    ("REFRESH_TOKEN_EXPIRED", 401),
    ("REFRESH_TOKEN_INVALID", 401),
    ("REFRESH_TOKEN_REVOKED", 401),
    ("SECOND_FACTOR_INVALID", 401),
    ("SECOND_FACTOR_LOCKED", 429),
    ("SIGN_UP_CLOSED", 403),
    ("UNAUTHORIZED", 401),
    ("UNAVAILABLE", 503),
    ("UNSUPPORTED_MEDIA_TYPE", 415),
];

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A schema, once there is a generator to make it.
type Described = fn(&mut SchemaGenerator) -> Schema;

/// What one route takes, and what it answers.
pub struct Operation {
    /// Method and path.
    pub key: &'static str,
    contract: &'static str,
    summary: &'static str,
    security: Vec<&'static str>,
    parameters: Vec<Value>,
    json: Option<(Described, bool, Value)>,
    form: Option<Vec<&'static str>>,
    answers: BTreeMap<u16, Vec<Answers>>,
    codes: Vec<&'static str>,
}

/// One of the answers of a status.
enum Answers {
    /// JSON as it stands, with an example.
    Plain(Described, Value),
    /// JSON in the envelope `{"data": …}`, with an example of what is in it.
    Data(Described, Value),
    /// A page, a script or a picture.
    Text(&'static str),
    /// The browser is sent elsewhere.
    Elsewhere,
}

impl Operation {
    /// Anybody may ask, and nothing is refused yet.
    pub fn new(contract: &'static str, key: &'static str, summary: &'static str) -> Self {
        let path = key.split_once(' ').unwrap().1;
        let named = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        let parameters =
            named.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        Self {
            key,
            contract,
            summary,
            security: Vec::new(),
            parameters: parameters.collect(),
            json: None,
            form: None,
            answers: BTreeMap::new(),
            codes: Vec::new(),
        }
    }

    /// One of these says who asks; with `""` among them, nobody has to.
    pub fn by(mut self, schemes: &[&'static str]) -> Self {
        self.security.extend(schemes);
        self
    }

    /// A parameter of the query, or else (`"X-Name"`) a header.
    pub fn parameter(mut self, name: &'static str, description: &'static str) -> Self {
        let place = if name.starts_with(|first: char| first.is_ascii_uppercase()) { "header" } else { "query" };
        let schema = json!({"type": "string"});
        self.parameters.push(json!({"name": name, "in": place, "description": description, "schema": schema}));
        self
    }

    /// A JSON body that must be there.
    pub fn json<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_json::<T>(true, example)
    }

    /// A JSON body that may be left out.
    pub fn optional_json<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_json::<T>(false, example)
    }

    fn takes_json<T: JsonSchema>(mut self, required: bool, example: Value) -> Self {
        self.json = Some((described::<T>, required, example));
        match self.contract {
            "v1" => self.refuses(&["INVALID_REQUEST", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"]),
            _ => self,
        }
    }

    /// A form of these fields. What is missing is told on the page that the browser is sent back to.
    pub fn form(mut self, fields: &[&'static str]) -> Self {
        self.form = Some(fields.to_vec());
        self
    }

    /// A success in `v1`'s envelope.
    pub fn data<T: JsonSchema>(self, example: Value) -> Self {
        self.answers(200, Answers::Data(described::<T>, example))
    }

    /// JSON as it stands.
    pub fn says<T: JsonSchema>(self, status: u16, example: Value) -> Self {
        self.answers(status, Answers::Plain(described::<T>, example))
    }

    /// A text of this media type.
    pub fn text(self, status: u16, media_type: &'static str) -> Self {
        self.answers(status, Answers::Text(media_type))
    }

    /// The browser goes on elsewhere.
    pub fn leads(self, status: u16) -> Self {
        self.answers(status, Answers::Elsewhere)
    }

    /// A page for people, with each of these statuses.
    pub fn pages(self, statuses: &[u16]) -> Self {
        statuses.iter().fold(self, |operation, status| operation.text(*status, "text/html"))
    }

    /// Failures by `v1`'s codes.
    pub fn refuses(mut self, codes: &[&'static str]) -> Self {
        self.codes.extend(codes.iter().filter(|code| !self.codes.contains(code)).collect::<Vec<_>>());
        self
    }

    fn answers(mut self, status: u16, answered: Answers) -> Self {
        self.answers.entry(status).or_default().push(answered);
        self
    }

    fn described(&self, requests: &mut SchemaGenerator, responses: &mut SchemaGenerator) -> Value {
        let mut operation = json!({
            "operationId": operation_id(self.key),
            "summary": self.summary,
            "tags": [self.contract],
            "responses": self.responses(responses),
        });
        if !self.security.is_empty() {
            let schemes = self.security.iter().map(|scheme| match *scheme {
                "" => json!({}),
                scheme => json!({ scheme: [] }),
            });
            operation["security"] = schemes.collect();
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = self.parameters.clone().into();
        }
        let mut content = Map::new();
        if let Some((schema, _, example)) = &self.json {
            content.insert(JSON.to_owned(), json!({"schema": schema(requests), "example": example}));
        }
        if let Some(fields) = &self.form {
            content.insert(FORM.to_owned(), json!({"schema": form(fields)}));
        }
        if !content.is_empty() {
            let required = self.json.as_ref().is_some_and(|(_, required, _)| *required) && self.form.is_none();
            operation["requestBody"] = json!({"required": required, "content": content});
        }
        operation
    }

    fn responses(&self, generator: &mut SchemaGenerator) -> Value {
        let mut responses: BTreeMap<String, Value> = BTreeMap::new();
        for (status, answers) in &self.answers {
            responses.insert(status.to_string(), response(*status, answers, generator));
        }
        for code in &self.codes {
            let (_, status) = CODES.iter().find(|(known, _)| known == code).unwrap_or_else(|| panic!("{code}"));
            let response = responses
                .entry(status.to_string())
                .or_insert_with(|| json!({"description": reason(*status), "content": {}}));
            let content = &mut response["content"][JSON];
            if content.is_null() {
                let schema = generator.subschema_for::<ErrorBody<'static>>();
                *content = json!({"schema": schema});
                content["schema"]["properties"] = json!({"error": {"enum": []}});
            }
            content["schema"]["properties"]["error"]["enum"].as_array_mut().unwrap().push(json!(code));
        }
        responses.insert("default".to_owned(), json!({"$ref": "#/components/responses/ApiGateway"}));
        json!(responses)
    }
}

/// The whole document.
pub fn document(operations: &[Operation]) -> Value {
    let settings = |settings: SchemaSettings| {
        settings.with(|settings| settings.definitions_path = "/components/schemas".into()).into_generator()
    };
    let mut requests = settings(SchemaSettings::draft2020_12().for_deserialize());
    let mut responses = settings(SchemaSettings::draft2020_12().for_serialize());
    let mut paths: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for operation in operations {
        let (method, path) = operation.key.split_once(' ').unwrap();
        let described = operation.described(&mut requests, &mut responses);
        let twice = paths.entry(path).or_default().insert(method.to_lowercase(), described);
        assert!(twice.is_none(), "{} twice", operation.key);
    }
    let mut schemas = requests.take_definitions(true);
    for (name, mut schema) in responses.take_definitions(true) {
        never_null(&mut schema);
        assert!(schemas.insert(name.clone(), schema).is_none(), "{name} is both asked and answered");
    }
    let mut shared = hoisted(&mut paths);
    let gateway = json!({
        "description": "API Gateway itself answers: an unknown route, too many calls, a function that cannot run.",
        "content": { JSON: {"schema": {"$ref": "#/components/schemas/ApiGatewayError"}}},
    });
    shared.insert("ApiGateway".to_owned(), gateway);
    schemas.insert(
        "ApiGatewayError".to_owned(),
        json!({
            "type": "object", "required": ["message"], "properties": {"message": {"type": "string"}},
            "additionalProperties": false,
        }),
    );
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Doorward",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": DESCRIPTION,
        },
        "servers": [{"url": "{publicUrl}", "variables": {"publicUrl": {"default": "https://auth.example"}}}],
        "tags": CONTRACTS.iter().map(|(name, text)| json!({"name": name, "description": text})).collect::<Value>(),
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(),
            "responses": shared,
            "schemas": schemas,
        },
    })
}

/// Takes the answers that stand in many places, and are alike for having one code at most, out of their operations.
fn hoisted(paths: &mut BTreeMap<&str, BTreeMap<String, Value>>) -> Map<String, Value> {
    let mut shared = Map::new();
    let operations = paths.values_mut().flat_map(BTreeMap::values_mut);
    let responses = operations.flat_map(|operation| operation["responses"].as_object_mut().unwrap());
    for (status, response) in responses {
        let Some(content) = response["content"].as_object() else { continue };
        let errors = content.get(JSON).map(|json| &json["schema"]);
        let codes = errors.map_or(&Value::Null, |errors| &errors["properties"]["error"]["enum"]).as_array();
        let page = content.contains_key("text/html");
        if content.len() > usize::from(page) + codes.map_or(0, |codes| usize::from(codes.len() == 1)) {
            continue;
        }
        let code = codes.and_then(|codes| codes[0].as_str());
        let name =
            [Some(status.as_str()), code, page.then_some("page")].into_iter().flatten().collect::<Vec<_>>().join(".");
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        shared.insert(name, std::mem::replace(response, reference));
    }
    shared
}

const DESCRIPTION: &str = "Sign-in in your own AWS account. Every failure of contract v1 has a code in \"error\"; fields \
                           that a request does not know are ignored. One server answers all contracts.";

const CONTRACTS: &[(&str, &str)] = &[
    ("v1", "Doorward's own contract."),
    ("pages", "What browsers navigate to, and what the forms of our own pages post."),
    ("actor", "One token for each sign-in, actor types in the path."),
    ("gateway", "A callback that needs no provider in its path."),
    ("lab", "A login system of yours tells whom it let in."),
    ("social", "Sign-in by cookie with a front end of yours, or in JSON."),
];

fn security_schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token."},
        "registration": {"type": "http", "scheme": "bearer", "description": "The token of a registration that is due."},
        "session": {"type": "http", "scheme": "bearer", "description": "The \"sessionId\" of contract social."},
        "apiKey": {"type": "http", "scheme": "bearer", "description": "The key of a system of yours."},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-doorward-session"},
    })
}

fn described<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn response(status: u16, answers: &[Answers], generator: &mut SchemaGenerator) -> Value {
    let mut response = json!({"description": reason(status), "content": {}});
    let mut bodies: Vec<(Value, Value)> = Vec::new();
    for answer in answers {
        match answer {
            Answers::Plain(schema, example) => bodies.push((json!(schema(generator)), example.clone())),
            Answers::Data(schema, example) => {
                let data = json!({"type": "object", "required": ["data"], "properties": {"data": schema(generator)}});
                bodies.push((data, json!({ "data": example })));
            }
            Answers::Text(media_type) => response["content"][media_type] = json!({"schema": {"type": "string"}}),
            Answers::Elsewhere => {
                let location = json!({"description": "Where the browser goes on.", "schema": {"type": "string"}});
                response["headers"] = json!({ "Location": location });
                // Nothing is in it; API Gateway calls it this.
                response["content"]["text/plain"] = json!({"schema": {"type": "string", "maxLength": 0}});
            }
        }
    }
    if !bodies.is_empty() {
        let (schemas, examples): (Vec<_>, Vec<_>) = bodies.into_iter().unzip();
        response["content"][JSON] = match (&schemas[..], &examples[..]) {
            ([schema], [example]) => json!({"schema": schema, "example": example}),
            _ => {
                let named = examples.into_iter().zip('a'..).map(|(value, name)| (name, json!({ "value": value })));
                json!({"schema": {"anyOf": schemas}, "examples": named.collect::<BTreeMap<_, _>>()})
            }
        };
    }
    response
}

fn form(fields: &[&str]) -> Value {
    let properties: Map<_, _> = fields.iter().map(|field| ((*field).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": properties})
}

/// What is unknown is left out of an answer where its field need not be there: null is for those that always are.
fn never_null(schema: &mut Value) {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().cloned().collect();
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, property) in properties.iter_mut().filter(|(name, _)| !required.contains(&json!(name))) {
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|kind| kind != "null");
            assert_eq!(types.len(), 1, "{name}");
            property["type"] = types.remove(0);
        } else if let Some(Value::Array(alternatives)) = property.get_mut("anyOf") {
            alternatives.retain(|alternative| alternative["type"] != "null");
            let only = alternatives.remove(0);
            property.as_object_mut().unwrap().remove("anyOf");
            property.as_object_mut().unwrap().extend(only.as_object().unwrap().clone());
        }
    }
}

fn operation_id(key: &str) -> String {
    let words = key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status).unwrap().canonical_reason().unwrap()
}

/// Failures as the contract `actor` tells of them.
pub fn actor_errors(operation: Operation, statuses: &[u16]) -> Operation {
    statuses.iter().fold(operation, |operation, status| match status {
        401 => operation.text(401, "text/plain"),
        400 | 404 | 429 => operation.says::<ActorErrorBody<'static>>(
            *status,
            json!({"message": "There is no such actor type.", "type": "not_found"}),
        ),
        _ => operation.says::<ActorErrorBody<'static>>(
            *status,
            json!({"code": "api_error", "message": "Try again.", "type": "database_error"}),
        ),
    })
}

/// Failures as the contract `gateway` tells of them.
pub fn gateway_errors(operation: Operation) -> Operation {
    [(400, "INVALID_STATE"), (500, "UNAVAILABLE")].into_iter().fold(operation, |operation, (status, code)| {
        operation.says::<GatewayErrorBody<'static>>(status, json!({"error": code, "message": "Start a new sign-in."}))
    })
}

/// Failures as the contract `lab` tells of them.
pub fn lab_errors(operation: Operation) -> Operation {
    [400, 403, 404, 500, 502, 503].into_iter().fold(operation, |operation, status| {
        operation.says::<LabErrorBody<'static>>(status, json!({"detail": "A valid API key is needed."}))
    })
}

/// Failures as the contract `social` tells of them.
pub fn social_errors(operation: Operation, statuses: &[u16]) -> Operation {
    statuses.iter().fold(operation, |operation, status| {
        let example = json!({"success": false, "error": "INVALID_STATE", "message": "Start a new sign-in."});
        operation.says::<SocialErrorBody<'static>>(*status, example)
    })
}
