//! The mail that carries an invitation.

use serde_json::{Value, json};

use domain::clock::Timestamp;
use domain::language::Language;

use crate::contracts::{KEY, ROLES_KEY, stack};
use crate::harness::{Call, Person, seconds};

/// Invites somebody as a guest with further fields in the request; gives the mail, and until when the invite is good.
async fn invites(person: &Person, further: Value) -> (Value, Timestamp) {
    let mut wish = json!({ "email": person.email, "actorType": "guest" });
    wish.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let data = stack().visitor().send(Call::post("/v1/auth/invites").bearer(ROLES_KEY).json(&wish)).await.data();
    let mail = stack().mails_to(&person.email).await.remove(0);
    (mail, Timestamp::from_seconds(seconds(data["expiresAt"].as_str().unwrap())))
}

/// The one line that is an address.
fn link_in(text: &str) -> &str {
    text.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link in {text}"))
}

#[tokio::test]
async fn the_mail_is_whole_in_the_language_that_the_inviter_names() {
    for (language, subject, text) in [
        (
            Language::En,
            "You’re invited to Doorward",
            "Open this link to see your invitation:\n\n{link}\n\nYou’ll join with the role “editor”.\n\
             The invitation works once, until {until}.\n\n\
             If you didn’t expect this, ignore this email. Don’t pass it on: whoever has the link can join in your place.",
        ),
        (
            Language::De,
            "Einladung zu Doorward",
            "Öffnen Sie diesen Link, um Ihre Einladung zu sehen:\n\n{link}\n\nSie treten mit der Rolle „editor“ bei.\n\
             Die Einladung gilt einmal, bis zum {until}.\n\n\
             Wenn Sie das nicht erwartet haben, beachten Sie diese E-Mail nicht. Geben Sie sie nicht weiter: Wer den \
             Link hat, kann an Ihrer Stelle beitreten.",
        ),
        (
            Language::Es,
            "Invitación a Doorward",
            "Abra este enlace para ver su invitación:\n\n{link}\n\nEntrará con el rol «editor».\n\
             La invitación sirve una sola vez, hasta el {until}.\n\n\
             Si no la esperaba, ignore este correo. No lo reenvíe: quien tenga el enlace puede entrar en su lugar.",
        ),
        (
            Language::Fr,
            "Invitation à rejoindre Doorward",
            "Ouvrez ce lien pour voir votre invitation\u{a0}:\n\n{link}\n\nVous aurez le rôle «\u{a0}editor\u{a0}».\n\
             L’invitation sert une seule fois, jusqu’au {until}.\n\n\
             Si vous ne l’attendiez pas, ignorez cet e-mail. Ne le transférez pas\u{a0}: quiconque a le lien peut \
             s’inscrire à votre place.",
        ),
        (
            Language::Pt,
            "Convite para Doorward",
            "Abra este link para ver o seu convite:\n\n{link}\n\nVocê entrará com a função “editor”.\n\
             O convite serve uma única vez, até {until}.\n\n\
             Se você não esperava este convite, ignore este e-mail. Não o encaminhe: quem tiver o link pode entrar no \
             seu lugar.",
        ),
        (
            Language::Ja,
            "Doorward への招待",
            "次のリンクを開いて招待をご確認ください：\n\n{link}\n\n「editor」の役割で参加します。\n\
             この招待は{until}まで、一度だけ使えます。\n\n\
             心当たりがない場合は、このメールを無視してください。リンクを持つ人は誰でもあなたの代わりに参加できるため、このメールを\
             他の人に転送しないでください。",
        ),
    ] {
        let further = json!({ "language": language.tag(), "role": "editor" });
        let (mail, valid_until) = invites(&Person::new(), further).await;
        assert_eq!(mail["subject"], subject);
        let (told, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
        let until = language.texts().common.moment(valid_until);
        let expected = format!("{subject}\n\n{text}").replace("{link}", link_in(told)).replace("{until}", &until);
        assert_eq!(told, expected);
        assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{html}");
        // The button speaks for itself in HTML; all the rest stands there, too.
        for line in expected.lines().skip(4).filter(|line| !line.is_empty()) {
            assert!(html.contains(line), "{line}: {html}");
        }
        assert!(!html.contains("<script") && !html.contains(" src="), "{html}");
    }
}

#[tokio::test]
async fn without_a_language_the_mail_is_english_and_without_a_role_it_names_none() {
    let (mail, _) = invites(&Person::new(), json!({})).await;
    assert_eq!(mail["subject"], "You’re invited to Doorward");
    assert!(!mail["text"].as_str().unwrap().contains("role") && !mail["html"].as_str().unwrap().contains("the role"));
}

#[tokio::test]
async fn a_language_that_we_do_not_speak_is_a_fault_and_no_mail() {
    let (visitor, person) = (stack().visitor(), Person::new());
    for language in [json!("nl"), json!("<b>"), json!(""), json!(["de"])] {
        let wish = json!({ "email": person.email, "actorType": "guest", "language": language });
        visitor.send(Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await.faults("language");
    }
    assert_eq!(stack().mails_to(&person.email).await.len(), 0);
}

#[tokio::test]
async fn a_page_that_is_not_allowed_is_explained_in_the_log_and_to_nobody_else() {
    let wish =
        json!({ "email": Person::new().email, "actorType": "guest", "redirectUri": "https://app.example/signed-in/" });
    let answer = stack().visitor().send(Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await;
    let request_id = answer.refuses(400, "INVALID_REDIRECT");
    assert!(!answer.json().to_string().contains("app.example"), "{answer}");
    stack().audited(&request_id, &["invite_refused"]).await;
    let logged = Value::from(stack().logged(&request_id).await).to_string();
    assert!(logged.contains("https://app.example/signed-in") && logged.contains("explanation"), "{logged}");
}
