//! A word of long ago on an address: what somebody gets who has nothing but an account elsewhere that once verified it,
//! and what the mailbox's owner gets. `github` made sure once; `honest` answers for the mailbox.

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, NO_PAUSE, Person, SessionTokens, Stack, Tab, Visitor};
use crate::identities::{PATH, links, unlinks};
use crate::lies::{LIES, signs_in_at};

pub const WISH: &str = "/v1/auth/verify/identity";
pub const UNDO: &str = "/v1/auth/undo";

/// Goes to a provider in a browser, and comes back as `person`.
async fn comes_by(tab: &mut Tab<'_>, provider: &str, person: &Person) -> Answer {
    let started = tab.navigates(provider, APP).await;
    tab.returns(&started, person).await
}

/// A browser in which the person's identity came, and the link that their mailbox was mailed.
pub async fn asked<'a>(stack: &'a Stack, person: &Person) -> (Tab<'a>, String) {
    let mut tab = Tab::of(stack.visitor());
    waits_for_the_mailbox(&comes_by(&mut tab, "github", person).await);
    let token = tab.visitor.newest_token(&person.email).await;
    (tab, token)
}

/// The reasons why identities lead to the account.
pub async fn identities(visitor: &Visitor<'_>, session: &SessionTokens) -> Vec<String> {
    let data = visitor.send(Call::get(PATH).bearer(&session.access_token)).await.data();
    let reason = |identity: &Value| {
        format!("{} {}", identity["provider"].as_str().unwrap(), identity["reason"].as_str().unwrap())
    };
    data["identities"].as_array().unwrap().iter().map(reason).collect()
}

/// Everything that mails to a mailbox lead to, once.
pub async fn everything(stack: &Stack) {
    let person = Person::new();
    stack.visitor().signs_in_by_link(&person.email).await;
    let (mut tab, token) = asked(stack, &person).await;
    let request = hidden(&tab.opens(&format!("{WISH}?token={token}")).await, "request");
    tab.submits(WISH, &[("token", &token), ("request", &request)]).await.leads_to(APP);
    let token = tab.visitor.newest_token(&person.email).await;
    shows(&tab.submits(UNDO, &[("token", &token)]).await, 200, &[]);
}

#[track_caller]
fn waits_for_the_mailbox(answer: &Answer) {
    assert_eq!(answer.status, 303, "{answer}");
    assert!(answer.header("location").unwrap().starts_with("/login/link-mailed?"), "{answer}");
    assert!(answer.cookies().iter().all(|cookie| !cookie.starts_with("__Host-doorward-session")), "{answer}");
}

/// A page of ours that says this, and nothing that it could do by itself.
#[track_caller]
fn shows(answer: &Answer, status: u16, texts: &[&str]) {
    assert_eq!(answer.status, status, "{answer}");
    let page = String::from_utf8_lossy(&answer.body);
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

async fn subjects(stack: &Stack, address: &str) -> Vec<String> {
    stack.mails_to(address).await.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_word_of_long_ago_joins_nothing_and_mails_the_owner_what_somebody_wants() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let victim = Person::new();
    let owner = visitor.signs_in_by_link(&victim.email).await;
    let attacker = Person { email: victim.email.clone(), ..Person::new() };

    let mut tab = Tab::of(stack.visitor());
    let answer = comes_by(&mut tab, "github", &attacker).await;

    waits_for_the_mailbox(&answer);
    stack.audited(&answer.request_id(), &["link_mailed"]).await;
    assert_eq!(identities(&visitor, &owner).await, [""; 0]);
    let mail = visitor.newest_mail(&victim.email).await;
    assert!(mail.contains("GitHub") && mail.contains(&victim.email) && mail.contains(WISH), "{mail}");
    visitor.looks_up(&owner.access_token).await.data();
    shows(&tab.opens("/login/link-mailed").await, 200, &["Check your email"]);
}

#[tokio::test]
async fn clients_of_the_api_are_told_that_the_account_exists_and_nobody_is_mailed() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in_by_link(&person.email).await;
    let mails = stack.mails_to(&person.email).await.len();
    let started = visitor.starts("github").await;
    let code = LIES.code(&started, &Person { email: person.email.clone(), ..Person::new() }, |_| {});
    visitor.callback(&started, &code).await.refuses(409, "ACCOUNT_EXISTS");
    assert_eq!(stack.mails_to(&person.email).await.len(), mails);
}

#[tokio::test]
async fn the_owner_who_opens_the_link_in_the_same_browser_is_in_and_has_one_more_way_in() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    let (mut tab, token) = asked(stack, &person).await;
    let page = tab.opens(&format!("{WISH}?token={token}")).await;
    shows(&page, 200, &["GitHub", &person.name, &person.email]);
    let request = hidden(&page, "request");
    let form = [("token", token.as_str()), ("request", request.as_str())];

    // What another browser does with it, another site, and another page of ours.
    let mut elsewhere = Tab::of(stack.visitor());
    shows(&elsewhere.opens(&format!("{WISH}?token={token}")).await, 200, &["Open this link where you signed in"]);
    shows(&elsewhere.submits(WISH, &form).await, 400, &[]);
    shows(&tab.submits_from_elsewhere(WISH, &form).await, 403, &[]);
    visitor.verifies(&token).await.refuses(400, "MAGIC_LINK_INVALID");
    assert_eq!(identities(&visitor, &owner).await, [""; 0]);

    let answer = tab.submits(WISH, &form).await;
    answer.leads_to(APP);
    stack.audited(&answer.request_id(), &["identity_linked", "sign_in_succeeded"]).await;
    assert_eq!(identities(&visitor, &owner).await, ["github mailed_link"]);
    assert_eq!(subjects(stack, &person.email).await[0], "A new way to sign in to Doorward");
    shows(&tab.submits(WISH, &form).await, 400, &[]);
    let again = signs_in_at(&visitor, "github", &person, |_| {}).await;
    assert_eq!(again.user_id(), owner.user_id());
}

#[tokio::test]
async fn a_link_that_signs_in_is_none_that_joins() {
    let stack = Stack::shared();
    let person = Person::new();
    let token = stack.visitor().gets_link(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    shows(&tab.opens(&format!("{WISH}?token={token}")).await, 400, &[]);
    shows(&tab.submits(WISH, &[("token", &token)]).await, 400, &[]);
    stack.visitor().verifies(&token).await.data();
}

#[tokio::test]
async fn nothing_is_joined_before_the_second_factor_was_shown() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    for (provider, reason) in [("honest", "honest verified_email"), ("github", "github mailed_link")] {
        let person = Person::new();
        let owner = visitor.signs_in_by_link(&person.email).await;
        let app = visitor.enrols(&owner).await;
        let token = visitor.gets_link(&person.email).await;
        let halfway = visitor.verifies(&token).await.data();
        let data = visitor.completes(halfway["sessionId"].as_str().unwrap(), &app.code().await).await.data();
        let owner = SessionTokens::of(&data);

        let mut tab = Tab::of(stack.visitor());
        let mut answer = comes_by(&mut tab, provider, &person).await;
        if provider == "github" {
            waits_for_the_mailbox(&answer);
            let token = visitor.newest_token(&person.email).await;
            let request = hidden(&tab.opens(&format!("{WISH}?token={token}")).await, "request");
            answer = tab.submits(WISH, &[("token", &token), ("request", &request)]).await;
        }

        let challenge = answer.header("location").unwrap().to_owned();
        assert!(challenge.starts_with("/login/second-factor?"), "{answer}");
        assert_eq!(identities(&visitor, &owner).await, [""; 0], "{provider}");
        let partial = challenge.split("session_id=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let code = app.code().await;
        let completed = tab.submits("/v1/auth/second-factor", &[("session_id", &partial), ("code", &code)]).await;
        completed.leads_to(APP);
        stack.audited(&completed.request_id(), &["identity_linked", "sign_in_succeeded"]).await;
        assert_eq!(identities(&visitor, &owner).await, [reason]);
        assert_eq!(subjects(stack, &person.email).await[0], "A new way to sign in to Doorward");
    }
}

#[tokio::test]
async fn who_was_there_first_by_a_word_of_long_ago_has_nothing_of_the_owners() {
    let visitor = Stack::shared().visitor();
    let person = Person::new();
    let squatter = signs_in_at(&visitor, "discord", &person, |_| {}).await;
    assert_eq!(squatter.user["emailVerified"], false);
    visitor.enrols(&squatter).await;
    // Weeks later; no factor of somebody else's stands in the owner's way, and none ends.
    let owner = visitor.signs_in_by_link(&person.email).await;
    assert_ne!(owner.user_id(), squatter.user_id());
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), owner.user_id());
}

#[tokio::test]
async fn an_address_leads_to_a_new_account_from_when_its_mailbox_opened_the_link() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let session = signs_in_at(&visitor, "github", &person, |_| {}).await;
    let token = visitor.newest_token(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    let page = tab.opens(&format!("{WISH}?token={token}")).await;
    shows(&page, 200, &["GitHub", &person.name, &person.email]);
    let request = hidden(&page, "request");
    assert_eq!(visitor.looks_up(&session.access_token).await.data()["user"]["emailVerified"], false);

    let answer = tab.submits(WISH, &[("token", &token), ("request", &request)]).await;

    shows(&answer, 200, &["Your address is confirmed"]);
    stack.audited(&answer.request_id(), &["address_proven"]).await;
    assert_eq!(visitor.looks_up(&session.access_token).await.data()["user"]["emailVerified"], true);
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), session.user_id());
}

#[tokio::test]
async fn an_address_that_somebody_has_proven_meanwhile_stays_theirs() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let squatter = signs_in_at(&visitor, "github", &person, |_| {}).await;
    let token = visitor.newest_token(&person.email).await;
    let owner = visitor.signs_in_by_link(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    shows(&tab.submits(WISH, &[("token", &token)]).await, 409, &["You already have an account"]);
    assert_eq!(visitor.signs_in_by_link(&person.email).await.user_id(), owner.user_id());
    // Nor is the owner asked again whenever the other comes.
    let mails = stack.mails_to(&person.email).await.len();
    assert_eq!(signs_in_at(&visitor, "github", &person, |_| {}).await.user_id(), squatter.user_id());
    assert_eq!(stack.mails_to(&person.email).await.len(), mails);
}

#[tokio::test]
async fn mails_that_ask_are_limited_and_cost_the_owner_none_of_theirs() {
    let stack = Stack::start(1, &[NO_PAUSE, "LIMIT_MAILS_PER_ADDRESS_PER_HOUR=2"], &LIES.rows());
    let visitor = stack.visitor();
    let person = Person::new();
    visitor.signs_in_by_link(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    for _ in 0..2 {
        waits_for_the_mailbox(&comes_by(&mut tab, "github", &person).await);
    }
    let answer = comes_by(&mut tab, "github", &person).await;
    answer.leads_to(&format!("{APP}?error=RATE_LIMITED"));
    stack.audited(&answer.request_id(), &["limit_reached"]).await;
    assert_eq!(stack.mails_to(&person.email).await.len(), 3);
    visitor.signs_in_by_link(&person.email).await;
}

#[tokio::test]
async fn where_linking_is_off_nobody_is_asked() {
    let stack = Stack::strict();
    let person = Person::new();
    stack.visitor().signs_in_by_link(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    comes_by(&mut tab, "github", &person).await.leads_to(&format!("{APP}?error=ACCOUNT_EXISTS"));
}

#[tokio::test]
async fn who_finds_in_the_mail_that_somebody_else_linked_an_identity_undoes_it_and_ends_every_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let (person, attacker) = (Person::new(), Person::new());
    let stolen = visitor.signs_in_by_link(&person.email).await;
    links(&visitor, &stolen, "untrusted", &attacker).await.data();
    let theirs = signs_in_at(&visitor, "untrusted", &attacker, |_| {}).await;
    assert_eq!(theirs.user_id(), stolen.user_id());
    let mail = visitor.newest_mail(&person.email).await;
    assert!(mail.contains(&attacker.email) && mail.contains(UNDO), "{mail}");
    let token = visitor.newest_token(&person.email).await;

    // Looking does nothing, and neither does another site.
    let mut tab = Tab::of(stack.visitor());
    for _ in 0..2 {
        shows(&tab.opens(&format!("{UNDO}?token={token}")).await, 200, &["This wasn’t me", &attacker.email]);
    }
    shows(&tab.submits_from_elsewhere(UNDO, &[("token", &token)]).await, 403, &[]);
    visitor.looks_up(&theirs.access_token).await.data();

    let answer = tab.submits(UNDO, &[("token", &token)]).await;

    shows(&answer, 200, &["Every session has ended"]);
    stack.audited(&answer.request_id(), &["link_undone", "identity_unlinked"]).await;
    for session in [&stolen, &theirs] {
        visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
        visitor.refreshes(&session.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    }
    let somebody = signs_in_at(&visitor, "untrusted", &attacker, |_| {}).await;
    assert_ne!(somebody.user_id(), stolen.user_id());
    let again = tab.submits(UNDO, &[("token", &token)]).await;
    shows(&again, 400, &["This link was used already"]);
    stack.audited(&again.request_id(), &["link_undo_refused"]).await;
    let owner = visitor.signs_in_by_link(&person.email).await;
    assert_eq!((owner.user_id(), identities(&visitor, &owner).await), (stolen.user_id(), Vec::new()));
}

#[tokio::test]
async fn unlinking_ends_the_sessions_that_the_identity_began_and_linking_it_again_revives_none() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let owner = visitor.signs_in_by_link(&person.email).await;
    links(&visitor, &owner, "untrusted", &person).await.data();
    let begun = signs_in_at(&visitor, "untrusted", &person, |_| {}).await;

    unlinks(&visitor, &owner, "untrusted").await.data();

    visitor.looks_up(&begun.access_token).await.refuses(401, "UNAUTHORIZED");
    visitor.refreshes(&begun.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    assert_eq!(subjects(stack, &person.email).await[0], "A way to sign in to Doorward was removed");
    links(&visitor, &owner, "untrusted", &person).await.data();
    visitor.looks_up(&begun.access_token).await.refuses(401, "UNAUTHORIZED");
    visitor.refreshes(&begun.refresh_token).await.refuses(401, "REFRESH_TOKEN_REVOKED");
    // A session that another way in began stays; one that takes its own way in away goes with it.
    visitor.renews(&owner).await;
    let own = signs_in_at(&visitor, "untrusted", &person, |_| {}).await;
    unlinks(&visitor, &own, "untrusted").await.data();
    visitor.looks_up(&own.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn who_finds_a_way_in_gone_ends_every_session() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let session = visitor.signs_in_by_link(&person.email).await;
    links(&visitor, &session, "untrusted", &person).await.data();
    unlinks(&visitor, &session, "untrusted").await.data();
    let token = visitor.newest_token(&person.email).await;
    let mut tab = Tab::of(stack.visitor());
    shows(&tab.submits(UNDO, &[("token", &token)]).await, 200, &["Every session has ended"]);
    visitor.looks_up(&session.access_token).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn notices_come_in_the_language_of_the_account_whatever_the_request_speaks() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let person = Person::new();
    let token = visitor.gets_link(&person.email).await;
    let verify = Call::post("/v1/auth/verify").json(&json!({ "token": token })).header("accept-language", "fr");
    let session = SessionTokens::of(&visitor.send(verify).await.data());
    let unlink = Call::delete(format!("{PATH}/untrusted")).bearer(&session.access_token);
    links(&visitor, &session, "untrusted", &person).await.data();
    visitor.send(unlink.header("accept-language", "ja")).await.data();
    visitor.enrols(&session).await;
    let subjects = subjects(stack, &person.email).await;
    assert!(subjects[0].starts_with("Votre application d’authentification"), "{subjects:?}");
    assert_eq!(subjects[1], "Un moyen de vous connecter à Doorward a été supprimé");
    assert_eq!(subjects[2], "Un nouveau moyen de vous connecter à Doorward");
}

/// The value of a hidden field.
pub fn hidden(page: &Answer, name: &str) -> String {
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let (_, after) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    after.split('"').next().unwrap().to_owned()
}
