//! Links that ask a mailbox, and notices that are undone, by a crowd.

use super::CROWD;
use crate::harness::{APP, Person, Stack, Tab, form};
use crate::mailbox::{UNDO, WISH, asked, hidden};

#[tokio::test]
async fn a_crowd_with_one_link_joins_one_identity_once_and_opens_one_session() {
    let stack = Stack::shared();
    let person = Person::new();
    stack.visitor().signs_in_by_link(&person.email).await;
    let (mut tab, token) = asked(stack, &person).await;
    let request = hidden(&tab.opens(&format!("{WISH}?token={token}")).await, "request");
    let call = form(WISH, &[("token", &token), ("request", &request)]).header("sec-fetch-site", "same-origin");
    let call = tab.with_cookies(call);

    let answers = tab.visitor.race(vec![call; CROWD]).await;

    let won = answers.iter().filter(|answer| answer.header("location") == Some(APP));
    assert_eq!(won.count(), 1);
    assert!(answers.iter().all(|answer| [303, 400].contains(&answer.status)));
    let mails = stack.mails_to(&person.email).await;
    let told = mails.iter().filter(|mail| mail["subject"] == "A new way to sign in to Doorward").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_crowd_with_one_notice_undoes_it_once() {
    let stack = Stack::shared();
    let person = Person::new();
    let session = stack.visitor().signs_in_by_link(&person.email).await;
    crate::identities::links(&stack.visitor(), &session, "untrusted", &Person::new()).await.data();
    let token = stack.visitor().newest_token(&person.email).await;
    let call = form(UNDO, &[("token", &token)]).header("sec-fetch-site", "same-origin");
    let answers = Tab::of(stack.visitor()).visitor.race(vec![call; CROWD]).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)));
}
