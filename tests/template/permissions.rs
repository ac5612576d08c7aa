//! What each function may do, as its role says, as this file expects it, and as a trace shows it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{TEMPLATE, camel, functions, list, own, resources, text, variables};
use crate::harness::{Call, Person, Stack, Tab};
use crate::rotate_keys::kept::KeptStack;

/// What one function may do.
struct May {
    name: &'static str,
    /// DynamoDB's actions by table, or `table/index`. A transaction needs the plain actions of its items.
    tables: &'static [(&'static str, &'static [&'static str])],
    secrets: &'static [&'static str],
}

const MAY: &[May] = &[
    May {
        name: "login",
        tables: &[("Limits", &["UpdateItem"]), ("SignIns", &["PutItem"])],
        secrets: &["ProvidersSecret", "TokenKeysSecret"],
    },
    May {
        name: "callback",
        tables: &[
            ("Invites", &["GetItem", "UpdateItem"]),
            ("Limits", &["UpdateItem"]),
            ("MagicLinks", &["PutItem"]),
            ("SignIns", &["GetItem", "UpdateItem"]),
            ("Users", &["GetItem", "PutItem"]),
            ("Sessions", &["GetItem", "PutItem"]),
        ],
        secrets: &["ProvidersSecret", "SigningKeysSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "magic-link",
        tables: &[
            ("Invites", &["GetItem"]),
            ("Limits", &["UpdateItem"]),
            ("MagicLinks", &["PutItem"]),
            ("Users", &["GetItem"]),
        ],
        secrets: &["ProvidersSecret", "TokenKeysSecret"],
    },
    May {
        name: "verify",
        tables: &[
            ("Invites", &["GetItem", "UpdateItem"]),
            ("MagicLinks", &["GetItem", "UpdateItem"]),
            ("Users", &["GetItem", "PutItem"]),
            ("Sessions", &["PutItem"]),
        ],
        secrets: &["SigningKeysSecret", "TokenKeysSecret"],
    },
    May {
        name: "second-factor",
        tables: &[
            ("Sessions", &["GetItem", "PutItem", "UpdateItem"]),
            ("Users", &["ConditionCheckItem", "GetItem", "PutItem", "UpdateItem"]),
        ],
        secrets: &["FactorKeysSecret", "SigningKeysSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "passkeys",
        tables: &[
            ("Limits", &["UpdateItem"]),
            ("SignIns", &["PutItem", "UpdateItem"]),
            ("Sessions", &["GetItem", "PutItem", "UpdateItem"]),
            ("Users", &["ConditionCheckItem", "GetItem", "PutItem", "UpdateItem"]),
        ],
        secrets: &[
            "FactorKeysSecret",
            "ProvidersSecret",
            "SigningKeysSecret",
            "TokenKeysSecret",
            "VerifyingKeysSecret",
        ],
    },
    May {
        name: "refresh",
        tables: &[("Sessions", &["UpdateItem"]), ("Users", &["GetItem"])],
        secrets: &["SigningKeysSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "logout",
        tables: &[("Sessions", &["GetItem", "UpdateItem"]), ("Users", &["GetItem", "PutItem"])],
        secrets: &["VerifyingKeysSecret"],
    },
    May {
        name: "session",
        tables: &[
            ("Sessions", &["GetItem", "BatchGetItem", "UpdateItem"]),
            ("Sessions/by_user", &["Query"]),
            ("Users", &["GetItem"]),
        ],
        secrets: &["SigningKeysSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "invites",
        tables: &[
            ("Invites", &["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
            ("Invites/by_actor_type", &["Query"]),
            ("Limits", &["UpdateItem"]),
            ("Sessions", &["GetItem", "PutItem"]),
            ("Users", &["GetItem", "PutItem"]),
        ],
        secrets: &["ProvidersSecret", "SigningKeysSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "identities",
        tables: &[
            ("Limits", &["UpdateItem"]),
            ("Sessions", &["GetItem", "PutItem", "UpdateItem"]),
            ("SignIns", &["PutItem"]),
            ("Users", &["DeleteItem", "GetItem", "PutItem"]),
        ],
        secrets: &["ProvidersSecret", "TokenKeysSecret", "VerifyingKeysSecret"],
    },
    May {
        name: "external-callback",
        tables: &[("SignIns", &["UpdateItem"])],
        secrets: &["ProvidersSecret", "TokenKeysSecret"],
    },
    May {
        name: "pages",
        tables: &[
            ("Invites", &["GetItem"]),
            ("MagicLinks", &["GetItem"]),
            ("Sessions", &["GetItem"]),
            ("Users", &["GetItem"]),
        ],
        secrets: &["ProviderLabelsSecret"],
    },
    May { name: "well-known", tables: &[], secrets: &["VerifyingKeysSecret"] },
    May {
        name: "rotate-keys",
        tables: &[],
        secrets: &[
            "FactorKeysSecret",
            "ProviderLabelsSecret",
            "ProvidersSecret",
            "SigningKeysSecret",
            "TokenKeysSecret",
            "VerifyingKeysSecret",
        ],
    },
];

/// What `rotate-keys` needs of Secrets Manager; every other function only reads.
const ROTATION: &[&str] = &["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"];

#[test]
fn each_policy_names_exactly_the_tables_actions_and_secrets_that_its_function_uses() {
    for May { name, tables, secrets } in MAY {
        let mut expected: BTreeSet<_> = tables
            .iter()
            .flat_map(|(table, actions)| actions.iter().map(move |action| format!("dynamodb:{action} {table}")))
            .collect();
        let of_secret = |secret| match (*name, secret) {
            // It says what they are, and nobody tells it.
            ("rotate-keys", "VerifyingKeysSecret") => &["PutSecretValue"],
            // It labels them, and changes nothing about them.
            ("rotate-keys", "ProvidersSecret") => &["GetSecretValue"],
            ("rotate-keys", _) => ROTATION,
            _ => &["GetSecretValue"],
        };
        expected.extend(secrets.iter().flat_map(|secret| {
            of_secret(*secret).iter().map(move |action| format!("secretsmanager:{action} {secret}"))
        }));
        if *name != "rotate-keys" {
            expected.insert("secretsmanager:GetSecretValue OriginSecret".to_owned());
        }
        if ["callback", "identities", "invites", "magic-link", "passkeys", "second-factor", "verify"].contains(name) {
            expected.insert("ses:SendEmail identity/MailIdentity".to_owned());
        }
        assert_eq!(granted(name), expected, "the policy of {name}");
    }
    assert_eq!(functions().len(), MAY.len(), "every function has its line in this table");
}

#[test]
fn a_function_mails_from_the_configured_address_only() {
    let brackets = json!({ "Fn::Split": ["<", { "Fn::Sub": "${MailFrom}<${MailFrom}" }] });
    let address = json!({ "Fn::Select": [0, { "Fn::Split": [">", { "Fn::Select": [1, brackets] }] }] });
    let all = resources("AWS::IAM::Role").flat_map(|(_, role)| statements(role));
    let mailing: Vec<_> = all.filter(|statement| statement["Action"] == "ses:SendEmail").collect();
    assert!(!mailing.is_empty());
    for statement in mailing {
        let from = &statement["Condition"]["StringEquals"]["ses:FromAddress"]["Fn::If"];
        assert_eq!(*from, json!(["HasNoMailFrom", "nobody", address]), "{statement}");
    }
}

#[test]
fn no_policy_reaches_a_resource_by_a_wildcard() {
    for (id, role) in resources("AWS::IAM::Role") {
        for statement in statements(role) {
            let resource = statement["Resource"].to_string();
            let action = statement["Action"].to_string();
            assert!(!resource.contains('*') && !action.contains('*'), "{id}: {statement}");
            assert_eq!(statement["Effect"], "Allow", "{id}: {statement}");
        }
    }
}

#[test]
fn each_function_has_one_role_of_its_own_with_nothing_but_logs_and_tracing_besides_its_policy() {
    let mut roles = BTreeSet::new();
    for (name, (id, function)) in functions() {
        let role = &function["Properties"]["Role"]["Fn::GetAtt"][0];
        assert_eq!(role, &format!("{id}Role"), "the role of {name}");
        roles.insert(text(role).to_owned());
    }
    let all: BTreeSet<_> = resources("AWS::IAM::Role").map(|(id, _)| id.to_owned()).collect();
    assert_eq!(roles, all);
    for (id, role) in resources("AWS::IAM::Role") {
        let managed: Vec<_> = list(&role["Properties"]["ManagedPolicyArns"])
            .iter()
            .map(|arn| text(arn).rsplit('/').next().unwrap())
            .collect();
        assert_eq!(managed, ["AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"], "{id}");
    }
}

#[test]
fn a_function_is_told_of_a_table_or_secret_exactly_when_its_policy_opens_it() {
    for May { name, tables, secrets } in MAY {
        let opened = tables.iter().map(|(table, _)| table.split('/').next().unwrap()).chain(secrets.iter().copied());
        let proof = (*name != "rotate-keys").then_some("OriginSecret");
        let opened: BTreeSet<_> = opened.chain(proof).map(str::to_owned).collect();
        let told: BTreeSet<_> = variables(name)
            .into_iter()
            .filter(|(variable, _)| variable.ends_with("_TABLE") || variable.ends_with("_SECRET"))
            .map(|(variable, value)| {
                let target = text(&own(value)["Ref"]).to_owned();
                let (stem, kind) = variable.rsplit_once('_').unwrap();
                let id = if kind == "TABLE" { camel(stem) } else { camel(&variable) };
                assert_eq!(id, target, "{variable} of {name}");
                target
            })
            .collect();
        assert_eq!(told, opened, "tables and secrets in the environment of {name}");
    }
}

#[tokio::test]
async fn the_functions_make_every_call_that_their_policies_allow_and_no_other() {
    let (settings, rows) = crate::contracts::settings_and_rows();
    let stack = Stack::start(4, settings, &rows);
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in_by_link(&person.email).await;
    visitor.signs_in_by_link(&person.email).await;
    visitor.signs_in(&person).await;
    let session = visitor.signs_in(&person).await;
    visitor.signs_in(&Person::new()).await;
    crate::contracts::everything(&visitor, &session).await;
    visitor.looks_up(&visitor.renews(&session).await.access_token).await.data();
    visitor.lists_sessions(&session.access_token).await.data();
    visitor.ends(&session.access_token, &visitor.signs_in(&person).await.id()).await.data();
    visitor.send(Call::get("/.well-known/jwks.json")).await;
    let mut tab = Tab::of(visitor);
    tab.signs_in(&person).await;
    tab.opens("/login").await.is_page(200);
    let asked = tab.submits("/v1/auth/magic-link", &[("email", &person.email)]).await;
    tab.opens(asked.header("location").unwrap()).await.is_page(200);
    tab.opens(&format!("/v1/auth/verify?token={}", visitor.newest_token(&person.email).await)).await.is_page(200);
    Tab::of(visitor).opens("/login").await.is_page(200);
    visitor.logs_out(&visitor.signs_in(&person).await.access_token).await.data();
    crate::passkeys::everything(&visitor).await;
    crate::mailbox::everything(&stack).await;
    let app = visitor.enrols(&session).await;
    let token = visitor.gets_link(&person.email).await;
    let halfway = visitor.verifies(&token).await.data();
    visitor.completes(halfway["sessionId"].as_str().unwrap(), &app.code().await).await.data();
    visitor.logs_out_everywhere(&session.access_token).await.data();
    let mut trace = stack.trace().await;
    let mut kept = KeptStack::start();
    kept.ages_by_days(40);
    for secret in ["FactorKeysSecret", "SigningKeysSecret", "TokenKeysSecret"] {
        kept.rotates(secret).await;
        trace.extend(kept.stack().trace().await);
    }
    assert_eq!(uncovered(&trace), [""; 0], "calls that a policy would refuse");
    assert_eq!(idle(&trace), BTreeSet::new(), "grants that nothing used");
}

/// What policies grant and no call of the trace needed.
fn idle(trace: &[Value]) -> BTreeSet<String> {
    let mut idle: BTreeSet<_> = functions()
        .keys()
        .flat_map(|name| granted(name).into_iter().map(move |grant| format!("{name}: {grant}")))
        .collect();
    for call in trace {
        let name = text(&call["function"]);
        for grant in needed(call).into_iter().flatten() {
            idle.remove(&format!("{name}: {grant}"));
        }
    }
    idle
}

/// The calls in a local stack's trace that the caller's policy in the template would refuse: a deployed function would
/// be denied there. Empty when the policies cover what really happened.
fn uncovered(trace: &[Value]) -> Vec<String> {
    trace.iter().filter(|call| !is_covered(call)).map(Value::to_string).collect()
}

fn is_covered(call: &Value) -> bool {
    let granted = granted(text(&call["function"]));
    let needed = needed(call);
    !needed.is_empty() && needed.iter().all(|any| any.iter().any(|grant| granted.contains(grant)))
}

/// What a call needs: of each inner list one grant.
fn needed(call: &Value) -> Vec<Vec<String>> {
    let operation = text(&call["operation"]);
    match text(&call["service"]) {
        "dynamodb" => {
            // A transaction needs the plain actions of its items; the trace knows the items' tables.
            let actions: &[&str] = match operation {
                "TransactWriteItems" => &["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
                "TransactGetItems" => &["GetItem"],
                other => &[other],
            };
            let tables = call["tables"].as_array().map_or_else(|| vec![&call["table"]], |all| all.iter().collect());
            let on = |table: &&Value| {
                let index = match (operation, text(table)) {
                    ("Query", "Invites") => "/by_actor_type",
                    ("Query", _) => "/by_user",
                    _ => "",
                };
                actions.iter().map(|action| format!("dynamodb:{action} {}{index}", text(table))).collect()
            };
            tables.iter().map(on).collect()
        }
        "secretsmanager" => {
            let all = [
                "FactorKeysSecret",
                "OriginSecret",
                "ProviderLabelsSecret",
                "ProvidersSecret",
                "SigningKeysSecret",
                "TokenKeysSecret",
                "VerifyingKeysSecret",
            ];
            vec![all.iter().map(|secret| format!("secretsmanager:{operation} {secret}")).collect()]
        }
        "sesv2" => vec![vec![format!("ses:{operation} identity/MailIdentity")]],
        _ => Vec::new(),
    }
}

#[test]
fn a_call_outside_the_callers_policy_is_found_in_a_trace() {
    let fine = [
        json!({ "function": "refresh", "service": "dynamodb", "operation": "UpdateItem", "table": "Sessions" }),
        json!({ "function": "verify", "service": "dynamodb", "operation": "TransactWriteItems", "tables": ["Users", "Sessions"] }),
        json!({ "function": "session", "service": "dynamodb", "operation": "Query", "table": "Sessions" }),
        json!({ "function": "well-known", "service": "secretsmanager", "operation": "GetSecretValue" }),
        json!({ "function": "magic-link", "service": "sesv2", "operation": "SendEmail" }),
    ];
    assert_eq!(uncovered(&fine), [""; 0]);
    let refused = [
        json!({ "function": "refresh", "service": "dynamodb", "operation": "GetItem", "table": "Sessions" }),
        json!({ "function": "refresh", "service": "dynamodb", "operation": "UpdateItem", "table": "Users" }),
        json!({ "function": "verify", "service": "dynamodb", "operation": "TransactWriteItems", "tables": ["Users", "Limits"] }),
        json!({ "function": "session", "service": "dynamodb", "operation": "Scan", "table": "Sessions" }),
        json!({ "function": "refresh", "service": "sesv2", "operation": "SendEmail" }),
        json!({ "function": "well-known", "service": "secretsmanager", "operation": "PutSecretValue" }),
    ];
    assert_eq!(uncovered(&refused).len(), refused.len());
}

/// What a function's role allows, one `action target` each.
fn granted(name: &str) -> BTreeSet<String> {
    let functions = functions();
    let Some((id, _)) = functions.get(name) else { panic!("the template has no function {name}") };
    let mut grants = BTreeSet::new();
    for statement in statements(&TEMPLATE["Resources"][format!("{id}Role")]) {
        for action in one_or_many(&statement["Action"]) {
            for resource in one_or_many(&statement["Resource"]) {
                grants.insert(format!("{} {}", text(action), target(resource)));
            }
        }
    }
    grants
}

/// The logical id of what a policy's resource points at; an index is `table/index`.
fn target(resource: &Value) -> String {
    let resource = own(resource);
    if let Some(id) = resource.get("Ref") {
        return text(id).to_owned();
    }
    if let Some(attribute) = resource.get("Fn::GetAtt") {
        assert_eq!(attribute[1], "Arn", "{resource}");
        return text(&attribute[0]).to_owned();
    }
    let path = text(&resource["Fn::Sub"]);
    if let Some((_, identity)) = path.split_once(":identity/") {
        return format!("identity/{}", identity.trim_start_matches("${").trim_end_matches('}'));
    }
    path.replace("${", "").replace(".Arn}/index/", "/")
}

fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Properties"]["Policies"].as_array().map_or(&[][..], Vec::as_slice);
    policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect()
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}
