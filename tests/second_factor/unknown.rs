//! A second factor that another version knows and this one does not.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::harness::{Answer, Authenticator, Person, ServiceStack, SessionTokens, Stack, Visitor, second_factor_due};
use crate::lies::LIES;

#[tokio::test]
async fn it_closes_the_door_for_its_person_alone_and_opens_again_with_the_version_that_knows_it() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let visitor = stack.visitor();
    let (person, neighbour) = (Person::new(), Person::new());
    let session = visitor.signs_in(&person).await;
    visitor.signs_in(&neighbour).await;
    has(&services, &stack, &session, &["implant"]).await;

    for answer in [comes(&visitor, &person).await, opens_a_link(&visitor, &person).await] {
        let mut due = second_factor_due();
        due["methods"] = json!(["recovery_code"]);
        let partial = answer.gives(due)["sessionId"].as_str().unwrap().to_owned();
        for code in ["123456", "ABCDE-FGHJK"] {
            visitor.completes(&partial, code).await.refuses(401, "UNAUTHORIZED");
        }
    }
    for answer in [comes(&visitor, &neighbour).await, opens_a_link(&visitor, &neighbour).await] {
        SessionTokens::of(&answer.data());
    }
    assert_eq!(factors(&stack, &session).await, vec![json!([{ "S": "implant" }]); 3]);

    has(&services, &stack, &session, &[]).await;
    SessionTokens::of(&comes(&visitor, &person).await.data());
}

#[tokio::test]
async fn it_stands_beside_those_that_are_known_whatever_becomes_of_these() {
    let services = ServiceStack::start();
    let stack = Stack::over(&services.url);
    let visitor = stack.visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let app: Authenticator = visitor.enrols(&session).await;
    has(&services, &stack, &session, &["totp", "implant"]).await;

    visitor.removes_factor(&session, &app.recovery_codes[0]).await.data();

    assert_eq!(factors(&stack, &session).await, vec![json!([{ "S": "implant" }]); 3]);
}

/// Comes back from a provider.
async fn comes(visitor: &Visitor<'_>, person: &Person) -> Answer {
    let started = visitor.starts("honest").await;
    let code = LIES.code(&started, person, |_| {});
    visitor.callback(&started, &code).await
}

async fn opens_a_link(visitor: &Visitor<'_>, person: &Person) -> Answer {
    let token = visitor.gets_link(&person.email).await;
    visitor.verifies(&token).await
}

/// Puts these factors onto the person's account, under each of its keys.
async fn has(services: &ServiceStack, stack: &Stack, session: &SessionTokens, factors: &[&str]) {
    let factors = AttributeValue::L(factors.iter().map(|factor| AttributeValue::S((*factor).to_owned())).collect());
    for copy in copies(stack, session).await {
        services.writes("Users", copy["id"]["S"].as_str().unwrap(), "account.factors", factors.clone()).await;
    }
}

/// What the person's account says, under each of its keys.
async fn factors(stack: &Stack, session: &SessionTokens) -> Vec<Value> {
    copies(stack, session).await.iter().map(|copy| copy["account"]["M"]["factors"]["L"].clone()).collect()
}

async fn copies(stack: &Stack, session: &SessionTokens) -> Vec<Value> {
    let Value::Array(items) = stack.dump().await["Users"].take() else { panic!("items are a list") };
    items.into_iter().filter(|item| item["account"]["M"]["id"]["S"] == session.user_id()).collect()
}
