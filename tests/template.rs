//! `template.yaml` against the code that it deploys. SAM and cfn-lint judge its form in `tests/run`.

mod permissions;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::harness::tool;
use crate::harness::workspace;

/// Parameters that shape the stack and are no setting of any function.
const OF_THE_STACK: &[&str] = &[
    "Architecture",
    "CorsAllowHeaders",
    "DisableExecuteApiEndpoint",
    "FactorKeysSecretArn",
    "LogRetentionDays",
    "MailIdentity",
    "RequestSeconds",
    "ThrottleBurst",
    "ThrottleRate",
    "Tracing",
    "UsersTableName",
];

/// What is set where nobody sets anything, written out so that nobody changes one in passing.
const DEFAULTS: &[(&str, &str)] = &[
    ("PublicUrl", ""),
    ("AllowedRedirects", ""),
    ("AllowedOrigins", ""),
    ("CorsAllowHeaders", "authorization,content-type,idempotency-key,x-medusa-locale,x-publishable-api-key"),
    ("FrontendUrl", ""),
    ("PasskeyRpId", ""),
    ("Audience", ""),
    ("ActorTypes", "user:open"),
    ("MailFrom", ""),
    ("BrandName", "Doorward"),
    ("BrandLogoUrl", ""),
    ("TermsUrl", ""),
    ("PrivacyUrl", ""),
    ("ImprintUrl", ""),
    ("SupportUrl", ""),
    ("BrandColor", "#1d5c4f"),
    ("SigningAlgorithm", "RS256"),
    ("AccessTokenSeconds", "900"),
    ("RegistrationTokenSeconds", "900"),
    ("SessionIdleSeconds", "2592000"),
    ("SessionAbsoluteSeconds", "7776000"),
    ("RefreshGraceSeconds", "30"),
    ("MagicLinkSeconds", "600"),
    ("MailCodeSeconds", "600"),
    ("LinkInOtherBrowser", "allow"),
    ("PartialSessionSeconds", "300"),
    ("InviteSeconds", "604800"),
    ("StateSeconds", "600"),
    ("TrustedViewerAddress", "none"),
    ("DisableExecuteApiEndpoint", "false"),
    ("LimitMailIntervalSeconds", "60"),
    ("LimitMailsPerAddressPerHour", "5"),
    ("LimitMailsPerKnownBrowserPerHour", "5"),
    ("LimitInvitesPerAddressPerHour", "5"),
    ("LimitMailsPerSourcePerHour", "20"),
    ("LimitMailsPerBackendPerHour", "1000"),
    ("LimitLoginsPerSource", "60"),
    ("LimitPasskeysPerSource", "60"),
    ("LimitLoginsPerBackend", "3000"),
    ("AccountLinking", "verified"),
    ("OutboundPolicy", "public"),
    ("MailIdentity", "*"),
    ("UsersTableName", ""),
    ("FactorKeysSecretArn", ""),
    ("RequestSeconds", "15"),
    ("Architecture", "arm64"),
    ("LogRetentionDays", "90"),
    ("ThrottleRate", "1000"),
    ("ThrottleBurst", "2000"),
    ("Tracing", "Disabled"),
];

/// The template as CloudFormation would see it, with SAM's functions and roles spelled out.
static TEMPLATE: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new(tool("sam/bin/python"))
        .args(["tests/tools/translate.py", "template.yaml", "Tracing=Active"])
        .current_dir(workspace())
        .output();
    parsed(output.unwrap())
});

#[test]
fn every_function_has_a_binary_and_every_binary_a_function() {
    let folders = std::fs::read_dir(workspace().join("functions")).unwrap().map(|entry| entry.unwrap());
    let folders: BTreeSet<_> = folders.map(|folder| folder.file_name().into_string().unwrap()).collect();
    let metadata = cargo_metadata();
    let binaries: BTreeSet<_> = list(&metadata["packages"])
        .iter()
        .filter(|package| text(&package["manifest_path"]).contains("/functions/"))
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| text(&target["name"]).to_owned())
        .collect();
    let functions: BTreeSet<_> = functions().into_keys().collect();
    assert_eq!(functions, folders, "functions of the template and folders of functions/");
    assert_eq!(functions, binaries, "functions of the template and binaries that cargo builds");
}

#[test]
fn cargo_lambda_watch_serves_exactly_the_routes_of_the_template() {
    let metadata = cargo_metadata();
    let router = metadata["metadata"]["lambda"]["watch"]["router"].as_object().unwrap();
    let mut watched = BTreeMap::new();
    for (path, targets) in router {
        for target in list(targets) {
            let route = format!("{} {path}", text(&target["method"]));
            watched.insert(route, text(&target["function"]).to_owned());
        }
    }
    assert_eq!(watched, routes());
}

#[test]
fn each_function_answers_the_keys_of_its_routes_and_names_no_others() {
    let routes = routes();
    for name in functions().into_keys() {
        let source = std::fs::read_to_string(workspace().join(format!("functions/{name}/src/main.rs"))).unwrap();
        let (handle, refuse) = source.split_once("\nfn error_response").unwrap_or((&source, ""));
        let keys = |text| literals(text).filter(|text| text.contains(" /")).collect::<BTreeSet<_>>();
        let own: BTreeSet<_> =
            routes.iter().filter(|(_, function)| **function == name).map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys(handle), own, "what {name} answers");
        assert!(keys(refuse).is_subset(&own), "what {name} refuses");
    }
}

/// What stands between double quotes.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2)
}

#[test]
fn no_route_key_ends_in_a_slash_which_api_gateway_is_not_known_to_take() {
    for key in routes().into_keys() {
        assert!(key.ends_with(" /") || !key.ends_with('/'), "{key}");
    }
}

#[test]
fn every_function_but_the_rotation_has_a_route_and_may_be_called_through_the_api() {
    let routed: BTreeSet<_> = routes().into_values().collect();
    for (name, (id, _)) in functions() {
        let permissions: Vec<_> = resources("AWS::Lambda::Permission")
            .filter(|(_, permission)| {
                let function = &permission["Properties"]["FunctionName"];
                function["Ref"] == id || function["Fn::GetAtt"][0] == id
            })
            .map(|(_, permission)| text(&permission["Properties"]["Principal"]))
            .collect();
        let caller = if name == "rotate-keys" { "secretsmanager.amazonaws.com" } else { "apigateway.amazonaws.com" };
        let times = if name == "rotate-keys" { 4 } else { 1 };
        assert_eq!(permissions, vec![caller; times], "who may call {name}");
        assert_eq!(routed.contains(&name), name != "rotate-keys", "{name} has a route");
    }
}

#[test]
fn every_variable_is_a_table_a_secrets_address_or_the_parameter_of_its_name() {
    for name in functions().into_keys() {
        for (variable, value) in variables(&name) {
            if variable.ends_with("_TABLE") || variable.ends_with("_SECRET") {
                let kind = text(&TEMPLATE["Resources"][text(&own(value)["Ref"])]["Type"]);
                let expected = if variable.ends_with("_TABLE") { "DynamoDB::Table" } else { "SecretsManager::Secret" };
                assert_eq!(kind, format!("AWS::{expected}"), "{variable} of {name}");
                continue;
            }
            let parameter = camel(&variable);
            assert!(TEMPLATE["Parameters"][&parameter].is_object(), "{variable} of {name} is a parameter");
            // PUBLIC_URL and AUDIENCE have a default that only the stack knows: `If [Has…, parameter, that]`.
            assert_eq!(own(value)["Ref"], parameter, "{variable} of {name}: {value}");
        }
    }
}

#[test]
fn no_credential_passes_through_a_parameter_or_a_variable() {
    let parameters = TEMPLATE["Parameters"].as_object().unwrap();
    for (name, parameter) in parameters {
        assert_eq!(parameter.get("NoEcho"), None, "{name} would hold a secret");
    }
    for function in functions().into_keys() {
        for (variable, value) in variables(&function) {
            assert!(!value.to_string().contains("resolve:"), "{variable} of {function} would hold a secret's value");
        }
    }
    for (id, secret) in resources("AWS::SecretsManager::Secret") {
        // An update of the template writes a changed value over the stored one: what rotates has none.
        let written = secret["Properties"].get("SecretString");
        assert_eq!(written, (id == "ProvidersSecret").then_some(&json!("{}")), "{id} starts empty");
    }
}

#[test]
fn every_parameter_is_described_has_designs_default_and_is_used() {
    let parameters = TEMPLATE["Parameters"].as_object().unwrap();
    let defaults: BTreeMap<_, _> =
        parameters.iter().map(|(name, parameter)| (&name[..], scalar(&parameter["Default"]))).collect();
    let expected: BTreeMap<_, _> = DEFAULTS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    assert_eq!(defaults, expected);
    let given: BTreeSet<_> = functions().keys().flat_map(|name| variables(name).into_keys()).collect();
    let given: BTreeSet<_> = given.iter().map(|variable| camel(variable)).collect();
    let used = format!("{}{}", TEMPLATE["Resources"], TEMPLATE["Conditions"]);
    for (name, parameter) in parameters {
        assert!(text(&parameter["Description"]).ends_with('.'), "{name} says what it is in a sentence");
        assert_eq!(given.contains(name), !OF_THE_STACK.contains(&&name[..]), "{name} is a function's setting");
        let (by_ref, by_sub) = (format!(r#"{{"Ref":"{name}"}}"#), format!("${{{name}}}"));
        assert!(used.contains(&by_ref) || used.contains(&by_sub), "{name} is used");
    }
}

#[test]
fn every_table_is_keyed_by_id_on_demand_and_swept_by_expires_at_except_users() {
    let mut tables = BTreeSet::new();
    for (id, table) in resources("AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(properties["KeySchema"], json!([{ "AttributeName": "id", "KeyType": "HASH" }]), "{id}");
        assert_eq!(
            properties["AttributeDefinitions"][0],
            json!({ "AttributeName": "id", "AttributeType": "S" }),
            "{id}"
        );
        let ttl = json!({ "AttributeName": "expires_at", "Enabled": true });
        let swept = properties.get("TimeToLiveSpecification");
        assert_eq!(swept, (id != "Users").then_some(&ttl), "{id}");
        tables.insert(id);
    }
    assert_eq!(tables, BTreeSet::from(["Invites", "Limits", "MagicLinks", "Sessions", "SignIns", "Users"]));
}

#[test]
fn sessions_and_invites_alone_have_an_index_and_it_has_keys_only() {
    for (id, table) in resources("AWS::DynamoDB::Table") {
        let by = match id {
            "Sessions" => Some(("by_user", "user_epoch", "created_at")),
            "Invites" => Some(("by_actor_type", "actor_type", "expires_at")),
            _ => None,
        };
        let expected = by.map(|(index, attribute, order)| {
            json!([{
                "IndexName": index,
                "KeySchema": [
                    { "AttributeName": attribute, "KeyType": "HASH" },
                    { "AttributeName": order, "KeyType": "RANGE" },
                ],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }])
        });
        assert_eq!(table["Properties"].get("GlobalSecondaryIndexes"), expected.as_ref(), "{id}");
    }
}

#[test]
fn users_alone_are_kept_protected_and_can_be_set_back() {
    for (id, table) in resources("AWS::DynamoDB::Table") {
        let properties = &table["Properties"];
        let users = id == "Users";
        let recovery = &properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(recovery == true, users, "{id}: point-in-time recovery");
        assert_eq!(properties["DeletionProtectionEnabled"] == true, users, "{id}: deletion protection");
        let policy = if users { "Retain" } else { "Delete" };
        assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&json!(policy), &json!(policy)), "{id}");
    }
}

#[test]
fn key_secrets_and_labels_are_filled_at_the_deployment_and_rotated_ever_after() {
    let mut rotated = BTreeSet::new();
    for (id, schedule) in resources("AWS::SecretsManager::RotationSchedule") {
        let properties = &schedule["Properties"];
        assert_eq!(properties["RotateImmediatelyOnUpdate"], true, "{id}");
        let rules = match id {
            // The most often that Secrets Manager rotates anything.
            "ProviderLabelsRotation" => json!({ "ScheduleExpression": "rate(4 hours)" }),
            _ => json!({ "AutomaticallyAfterDays": 30 }),
        };
        assert_eq!(properties["RotationRules"], rules, "{id}");
        assert_eq!(properties["RotationLambdaARN"]["Fn::GetAtt"][0], "RotateKeysFunction", "{id}");
        let secret = &properties["SecretId"];
        let permission = text(&schedule["DependsOn"]);
        let allowed = &TEMPLATE["Resources"][permission]["Properties"];
        assert_eq!(allowed["SourceArn"], *secret, "{id}: Secrets Manager must be allowed first, for this secret");
        assert_eq!(allowed["SourceAccount"]["Ref"], "AWS::AccountId", "{permission}");
        rotated.insert(text(&own(secret)["Ref"]));
    }
    let expected = ["FactorKeysSecret", "ProviderLabelsSecret", "SigningKeysSecret", "TokenKeysSecret"];
    assert_eq!(rotated, BTreeSet::from(expected));
}

#[test]
fn every_function_runs_from_its_own_log_on_the_chosen_processor() {
    for (name, (_, function)) in functions() {
        let properties = &function["Properties"];
        assert_eq!(properties["Runtime"], "provided.al2023", "{name}");
        assert_eq!(properties["Architectures"], json!([{ "Ref": "Architecture" }]), "{name}");
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda", "{name}");
        let logging = &properties["LoggingConfig"];
        let format = json!([logging["LogFormat"], logging["ApplicationLogLevel"], logging["SystemLogLevel"]]);
        assert_eq!(format, json!(["JSON", "INFO", "WARN"]), "{name}: all of our lines, and of Lambda's what is wrong");
        let log = text(&logging["LogGroup"]["Ref"]);
        let retention = &TEMPLATE["Resources"][log]["Properties"]["RetentionInDays"];
        assert_eq!(retention, &json!({ "Ref": "LogRetentionDays" }), "{name}");
    }
}

#[test]
fn what_an_earlier_stack_left_can_be_taken_up_instead_of_making_it_anew() {
    for (id, parameter, condition) in
        [("Users", "UsersTableName", "OwnUsers"), ("FactorKeysSecret", "FactorKeysSecretArn", "OwnFactorKeys")]
    {
        assert_eq!(TEMPLATE["Resources"][id]["Condition"], condition, "{id}");
        assert_eq!(TEMPLATE["Conditions"][condition], json!({ "Fn::Equals": [{ "Ref": parameter }, ""] }));
        let mut named = Vec::new();
        references(&TEMPLATE["Resources"], id, None, &mut named);
        assert!(!named.is_empty());
        for instead in named {
            let instead = instead.unwrap_or_else(|| panic!("{id} is named where it may not be there"));
            assert!(instead.to_string().contains(parameter), "{id} or {instead}");
        }
    }
}

/// Collects every place that names the resource `id`, as what stands there when the resource does not.
fn references<'a>(value: &'a Value, id: &str, instead: Option<&'a Value>, found: &mut Vec<Option<&'a Value>>) {
    if value["Ref"] == id || value["Fn::GetAtt"][0] == id {
        found.push(instead);
    }
    if let Some(choice) = value.get("Fn::If") {
        return references(&choice[1], id, Some(&choice[2]), found);
    }
    let children = value.as_object().into_iter().flat_map(Map::values).chain(value.as_array().into_iter().flatten());
    children.for_each(|child| references(child, id, instead, found));
}

#[test]
fn secrets_that_only_people_can_fill_are_kept_unless_the_stack_was_never_made() {
    for (id, secret) in resources("AWS::SecretsManager::Secret") {
        let kept = ["ProvidersSecret", "FactorKeysSecret"].contains(&id);
        assert_eq!(secret["DeletionPolicy"], if kept { "RetainExceptOnCreate" } else { "Delete" }, "{id}");
    }
}

#[test]
fn a_stack_that_mails_nothing_or_leads_nobody_back_says_so_in_its_outputs() {
    for (output, condition, parameter) in [
        ("MissingMailFrom", "HasNoMailFrom", "MailFrom"),
        ("MissingAllowedRedirects", "HasNoAllowedRedirects", "AllowedRedirects"),
    ] {
        assert_eq!(TEMPLATE["Conditions"][condition], json!({ "Fn::Equals": [{ "Ref": parameter }, ""] }));
        let output = &TEMPLATE["Outputs"][output];
        assert_eq!(output["Condition"], condition);
        assert!(text(&output["Value"]).ends_with(&format!("Set the parameter {parameter}.")), "{output}");
    }
}

#[test]
fn the_access_log_holds_neither_path_nor_query_and_lies_where_api_gateway_may_write() {
    let stage = &TEMPLATE["Resources"]["ApiStage"]["Properties"];
    let log = &TEMPLATE["Resources"]["ApiLog"]["Properties"]["LogGroupName"]["Fn::Sub"];
    assert!(text(log).starts_with("/aws/vendedlogs/"), "{log}");
    let format = text(&stage["AccessLogSettings"]["Format"]);
    assert!(serde_json::from_str::<Value>(format).is_ok(), "one JSON object a line: {format}");
    for leak in ["$context.path", "querystring", "$context.customDomain", "authorizer"] {
        assert!(!format.contains(leak), "{leak} in {format}");
    }
}

/// What stands for a resource or a parameter of the stack's own, where something else may stand instead.
fn own(value: &Value) -> &Value {
    value.get("Fn::If").map_or(value, |choice| &choice[1])
}

/// Route key to the name of the function behind it.
pub fn routes() -> BTreeMap<String, String> {
    let names: BTreeMap<_, _> = functions().into_iter().map(|(name, (id, _))| (id, name)).collect();
    resources("AWS::ApiGatewayV2::Route")
        .map(|(id, route)| {
            let target = text(&route["Properties"]["Target"]["Fn::Sub"]);
            let integration = target.strip_prefix("integrations/${").unwrap().trim_end_matches('}');
            let uri = &TEMPLATE["Resources"][integration]["Properties"]["IntegrationUri"]["Fn::GetAtt"][0];
            let name = names.get(text(uri)).unwrap_or_else(|| panic!("{id} leads to no function"));
            (text(&route["Properties"]["RouteKey"]).to_owned(), name.clone())
        })
        .collect()
}

/// Name of the binary to logical id and resource.
fn functions() -> BTreeMap<String, (String, &'static Value)> {
    resources("AWS::Lambda::Function")
        .map(|(id, function)| {
            (text(&function["Metadata"]["BuildProperties"]["Binary"]).to_owned(), (id.to_owned(), function))
        })
        .collect()
}

fn variables(function: &str) -> BTreeMap<String, &'static Value> {
    let (_, resource) = functions()[function];
    let variables: &Map<_, _> = resource["Properties"]["Environment"]["Variables"].as_object().unwrap();
    variables.iter().map(|(name, value)| (name.clone(), value)).collect()
}

fn resources(kind: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let all = TEMPLATE["Resources"].as_object().unwrap().iter();
    all.filter(move |(_, resource)| resource["Type"] == kind).map(|(id, resource)| (&id[..], resource))
}

/// `ACCESS_TOKEN_SECONDS` is the parameter `AccessTokenSeconds`, and the flow `magic_link` the type `MagicLink`.
fn camel(variable: &str) -> String {
    variable.split('_').map(|word| format!("{}{}", word[..1].to_uppercase(), word[1..].to_lowercase())).collect()
}

fn cargo_metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(workspace());
    parsed(cargo.output().unwrap())
}

fn parsed(output: Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is a list"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is text"))
}

/// A default as one would type it: CloudFormation's numbers are text too.
fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
