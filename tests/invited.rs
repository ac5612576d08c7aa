//! People who were invited: the mail that they get, and how they come in.

mod mail;
mod mailbox;
mod page;
mod provider;

use serde_json::{Value, json};

use crate::contracts::{KEY, invites, mailed_secret};
use crate::harness::{Answer, Call, Person, Stack, Tab, Visitor};

/// The form of the invite's page.
const ACCEPT: &str = "/v1/auth/invites/accept";

/// Invites somebody as a guest, and gives the mailed secret.
async fn invited(visitor: &Visitor<'_>, person: &Person) -> String {
    invites(visitor, &person.email).await;
    mailed_secret(visitor, &person.email).await
}

/// Invites somebody with these fields beside the address, and gives the invite's id.
async fn invites_with(visitor: &Visitor<'_>, key: &str, person: &Person, further: Value) -> String {
    let mut wish = json!({ "email": person.email });
    wish.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let data = visitor.send(Call::post("/v1/auth/invites").bearer(key).json(&wish)).await.data();
    data["inviteId"].as_str().unwrap().to_owned()
}

async fn revokes(visitor: &Visitor<'_>, id: &str) {
    visitor.send(Call::delete(format!("/v1/auth/invites/{id}")).bearer(KEY)).await.data();
}

fn page(secret: &str) -> String {
    format!("/login/invite?token={secret}")
}

/// Presses the button of the invite's page.
async fn accepts(tab: &mut Tab<'_>, secret: &str) -> Answer {
    tab.submits(ACCEPT, &[("token", secret), ("lang", "en")]).await
}

/// The signed-in person of a browser, as the API tells it.
async fn whoami(tab: &mut Tab<'_>) -> Value {
    tab.opens("/v1/auth/session").await.data()["user"].clone()
}

/// What is stored of the accounts with that address.
async fn accounts(stack: &Stack, person: &Person) -> usize {
    let dump = stack.dump().await;
    let users = dump["Users"].as_array().unwrap_or_else(|| panic!("{dump}"));
    let ours = users.iter().filter(|item| item.to_string().contains(&person.email));
    ours.filter(|item| item["id"].to_string().contains("user#")).count()
}

/// Everything that the functions of this part can be asked for, once.
pub async fn everything(visitor: &Visitor<'_>) {
    let (by_button, by_provider, by_mail) = (Person::new(), Person::new(), Person::new());
    let mut tab = Tab::of(*visitor);
    let secret = invited(visitor, &by_button).await;
    tab.opens(&page(&secret)).await.is_page(200);
    assert_eq!(accepts(&mut tab, &secret).await.status, 303);
    let secret = invited(visitor, &by_provider).await;
    assert_eq!(provider::comes_in(&mut Tab::of(*visitor), &secret, &by_provider).await.status, 303);
    invites(visitor, &by_mail.email).await;
    let token = visitor.gets_link_with(&by_mail.email, json!({ "actorType": "guest" })).await;
    visitor.verifies(&token).await.data();
}
