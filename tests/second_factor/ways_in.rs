//! Every way in, by where the person stands with their second factor: one matrix (I5).

use serde_json::{Value, json};

use crate::contracts::{actor, gateway, lab, stack};
use crate::harness::{
    APP, Answer, Authenticator, Call, Person, SessionTokens, StartedSignIn, VirtualPasskey, Visitor, assert_shape,
    second_factor_due,
};
use crate::lies::{LIES, session_of};

/// Where a person stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    None,
    /// A seed was shown and not confirmed.
    Enrolling,
    Enrolled,
    /// Set up once, and taken off again.
    Removed,
    /// With a passkey and nothing else.
    WithPasskey,
    /// With a passkey beside the app.
    WithBoth,
    /// With a passkey once, which was taken off again.
    WithoutPasskey,
}

impl Standing {
    const ALL: [Self; 7] = [
        Self::None,
        Self::Enrolling,
        Self::Enrolled,
        Self::Removed,
        Self::WithPasskey,
        Self::WithBoth,
        Self::WithoutPasskey,
    ];

    /// What the person is asked for.
    fn methods(self) -> Option<Value> {
        match self {
            Self::None | Self::Enrolling | Self::Removed | Self::WithoutPasskey => None,
            Self::Enrolled => Some(json!(["totp", "recovery_code"])),
            Self::WithPasskey => Some(json!(["passkey", "recovery_code"])),
            Self::WithBoth => Some(json!(["passkey", "totp", "recovery_code"])),
        }
    }
}

/// What a way in led to.
#[derive(Debug, PartialEq)]
enum WayInOutcome {
    Full,
    /// To the question for one of these.
    Partial(Value),
    /// To a page that asks, or to a client that is told no methods.
    PartialUntold,
}

#[tokio::test]
async fn no_way_in_leads_past_the_second_factor() {
    let invitation = format!("&invite={}", "A".repeat(43));
    for standing in Standing::ALL {
        let visitor = stack().visitor();
        let person = Person::new();
        let session = visitor.signs_in(&person).await;
        let passkey = stands(&visitor, &session, standing).await;
        let arrived = [
            ("provider", by_provider(&visitor, &person, "honest").await),
            ("another provider, newly linked", by_provider(&visitor, &another(&person), "other").await),
            ("link", by_link(&visitor, &person).await),
            ("mailed code", by_code(&visitor, &person).await),
            ("navigation", by_navigation(&visitor, &person, "").await),
            // The button of an invitation makes an account or nothing; on the way to a provider it meets this one.
            ("navigation with an invitation", by_navigation(&visitor, &person, &invitation).await),
            ("social", by_social(&visitor, &person, "").await),
            ("social, as JSON", by_social(&visitor, &person, "&format=json").await),
            ("our own form", by_form(&visitor, &person).await),
            ("gateway", arrived(&visitor.send(gateway::returning(&visitor, &person).await).await)),
            ("actor", by_actor(&visitor, &person).await),
            ("external login", by_external_login(&visitor, &person).await),
        ];
        for (way, arrived) in arrived {
            let expected = match (standing.methods(), &arrived) {
                (None, _) => WayInOutcome::Full,
                (Some(_), WayInOutcome::PartialUntold) => WayInOutcome::PartialUntold,
                (Some(methods), _) => WayInOutcome::Partial(methods),
            };
            assert_eq!(arrived, expected, "{way}, {standing:?}");
        }
        if let Some(passkey) = passkey {
            let question = visitor.is_asked_for_a_passkey().await;
            let credential = passkey.signs(visitor.stack, &question, |_| {});
            let answer = visitor.signs_in_by(&question, credential).await;
            if standing == Standing::WithoutPasskey {
                answer.refuses(400, "INVALID_CODE");
            } else {
                assert_eq!(judged(answer), WayInOutcome::Full, "passkey, {standing:?}");
            }
        }
    }
}

/// Brings the person there. Gives the passkey that they have, or had.
async fn stands(visitor: &Visitor<'_>, session: &SessionTokens, standing: Standing) -> Option<VirtualPasskey> {
    match standing {
        Standing::None => {}
        Standing::Enrolling => drop(visitor.is_shown_a_seed(session, json!({})).await.data()),
        Standing::Enrolled => drop(visitor.enrols(session).await),
        Standing::Removed => {
            let app: Authenticator = visitor.enrols(session).await;
            visitor.removes_factor(session, &app.recovery_codes[0]).await.data();
        }
        Standing::WithPasskey => return Some(visitor.adds_passkey(session).await.0),
        Standing::WithBoth => {
            let (passkey, _) = visitor.adds_passkey(session).await;
            visitor.enrols(&visitor.signs_in_by_passkey(&passkey).await).await;
            return Some(passkey);
        }
        Standing::WithoutPasskey => {
            let (passkey, data) = visitor.adds_passkey(session).await;
            let code = json!({ "code": data["recoveryCodes"][0] });
            visitor.removes_passkey(session, &passkey.id, code).await.data();
            return Some(passkey);
        }
    }
    None
}

/// The same person at another provider.
fn another(person: &Person) -> Person {
    Person { subject: Person::new().subject, ..person.clone() }
}

async fn by_provider(visitor: &Visitor<'_>, person: &Person, provider: &str) -> WayInOutcome {
    let started = visitor.starts(provider).await;
    let code = LIES.code(&started, person, |_| {});
    judged(visitor.callback(&started, &code).await)
}

async fn by_link(visitor: &Visitor<'_>, person: &Person) -> WayInOutcome {
    let token = visitor.gets_link(&person.email).await;
    judged(visitor.verifies(&token).await)
}

async fn by_code(visitor: &Visitor<'_>, person: &Person) -> WayInOutcome {
    let asked = visitor.asks_for_link(&person.email).await.data();
    let code = visitor.newest_code(&person.email).await;
    judged(visitor.post("/v1/auth/verify", json!({ "requestId": asked["requestId"], "code": code })).await)
}

/// What a client of the API is told.
fn judged(answer: Answer) -> WayInOutcome {
    answer.has_standing_headers("no-store");
    arrived(&answer)
}

/// What the whole answer says, in the words of `v1`.
fn arrived(answer: &Answer) -> WayInOutcome {
    let data = answer.data();
    let due = data.get("secondFactorRequired").is_some();
    let mut expected = if due { second_factor_due() } else { session_of(data["user"].clone()) };
    if due {
        expected["methods"] = data["methods"].clone();
    }
    assert_shape(&data, &expected, &answer.to_string());
    if due { WayInOutcome::Partial(data["methods"].clone()) } else { WayInOutcome::Full }
}

async fn by_actor(visitor: &Visitor<'_>, person: &Person) -> WayInOutcome {
    let answer = visitor.send(actor::returning(visitor, "user", person).await).await;
    if answer.status == 200 {
        answer.is(200, json!({ "token": "<jwt>" }));
        return WayInOutcome::Full;
    }
    let (_, methods) = actor::asked_of(&answer);
    WayInOutcome::Partial(methods.split(' ').collect())
}

async fn by_external_login(visitor: &Visitor<'_>, person: &Person) -> WayInOutcome {
    let started = lab::starts(visitor).await;
    lab::confirms(visitor, &started, person).await;
    judged(lab::goes_on(visitor, &started).await)
}

async fn by_navigation(visitor: &Visitor<'_>, person: &Person, further: &str) -> WayInOutcome {
    let target = APP.replace(':', "%3A").replace('/', "%2F");
    let start = format!("/v1/auth/login/honest?redirect_uri={target}{further}");
    let answer = goes_and_returns(visitor, &start, "/v1/auth/callback/honest", "", person).await;
    led(&answer, APP)
}

async fn by_social(visitor: &Visitor<'_>, person: &Person, format: &str) -> WayInOutcome {
    let answer = goes_and_returns(visitor, "/auth/social/honest", "/auth/social/honest/callback", format, person).await;
    if format.is_empty() {
        return led(&answer, &format!("{}/login?social_login=success&provider=honest", visitor.stack.url));
    }
    let body = answer.json();
    if body.get("requires_2fa").is_none() {
        assert_eq!((&body["success"], &body["loginType"]), (&json!(true), &json!("social_auth")), "{answer}");
        return WayInOutcome::Full;
    }
    let due = json!({
        "success": true, "requires_2fa": true, "session_id": "<session>", "expiresAt": "<time>", "provider": "honest",
    });
    assert_shape(&body, &due, &answer.to_string());
    WayInOutcome::PartialUntold
}

/// A browser goes to the provider and comes back with its cookie.
async fn goes_and_returns(visitor: &Visitor<'_>, start: &str, back: &str, further: &str, person: &Person) -> Answer {
    let sent = visitor.send(Call::get(start).header("sec-fetch-site", "same-origin")).await;
    let auth_url: url::Url = sent.header("location").unwrap().parse().unwrap();
    let (_, state) = auth_url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let started =
        StartedSignIn { provider: "honest".to_owned(), state: state.into_owned(), auth_url: auth_url.clone() };
    let code = LIES.code(&started, person, |_| {});
    let cookie = sent.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let return_to = format!("{back}?code={code}&state={}{further}", started.state);
    visitor.send(Call::get(return_to).header("cookie", cookie)).await
}

async fn by_form(visitor: &Visitor<'_>, person: &Person) -> WayInOutcome {
    let form = |path: &str, body: String| {
        let call = Call::post(path).header("content-type", "application/x-www-form-urlencoded");
        call.header("sec-fetch-site", "same-origin").body(body)
    };
    let email = person.email.replace('@', "%40");
    let sent = visitor.send(form("/v1/auth/magic-link", format!("email={email}&lang=en"))).await;
    assert_eq!(sent.status, 303, "{sent}");
    let token = visitor.newest_token(&person.email).await;
    let answer = visitor.send(form("/v1/auth/verify", format!("token={token}"))).await;
    led(&answer, &format!("{}/login?lang=en", visitor.stack.url))
}

/// Where a browser was led: to `home` with a session, or to the question for the second factor without one.
fn led(answer: &Answer, home: &str) -> WayInOutcome {
    assert_eq!(answer.status, 303, "{answer}");
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let has_session = cookies.into_iter().any(|cookie| cookie.starts_with("__Host-doorward-session=ses_"));
    let to = answer.header("location").unwrap();
    if to == home {
        assert!(has_session, "{answer}");
        return WayInOutcome::Full;
    }
    let (at, session_id) = to.split_once("session_id=").unwrap_or_else(|| panic!("{to}"));
    let social = format!("{}?social_login=success&requires_2fa=true&", home.split('?').next().unwrap());
    assert!(at == "/login/second-factor?" || at == social, "{to}");
    assert!(session_id.starts_with("ses_") && !has_session, "{answer}");
    WayInOutcome::PartialUntold
}
