use std::sync::Arc;
use std::time::Duration;

use domain::account::profile::Profile;
use domain::account::proof::Proof;
use domain::account::trust::Word;
use domain::account::undo::LinkChange;
use domain::clock::Timestamp;
use domain::language::Language;
use domain::magic_link::LinkPurpose;
use domain::page::brand::{Brand, Color, Logo};
use domain::request::RequestContext;
use domain::request::device::RequestDetails;
use domain::secret::Secret;

use super::invite::InviteMail;
use super::magic_link::SignInMail;
use super::notice::{Notice, NoticeKind};
use super::wish::WishMail;
use super::{ComposedMail, MailContext};

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

fn brand(name: &str) -> Brand {
    Brand { name: name.to_owned(), logo: None, color: Color::parse("#1d5c4f").unwrap() }
}

fn asked_with(client: &str) -> RequestDetails {
    RequestDetails::of(&RequestContext {
        request_id: String::new(),
        source_ip: String::new(),
        client: Some(client.to_owned()),
        now: Timestamp::from_seconds(1_795_255_200),
        subject: Arc::default(),
        stated: None,
        backend: None,
    })
}

fn sign_in(brand: &Brand, language: Language, url: &str, client: &str, seconds: u64) -> ComposedMail {
    let (url, code) = (Secret::new(url), Secret::new("ABCD-EFGH"));
    let (letter, lifetime) = (MailContext { brand, language }, Duration::from_secs(seconds));
    SignInMail { letter, url: &url, code: &code, lifetime, asked: asked_with(client) }.compose().unwrap()
}

fn notice(brand: &Brand, language: Language, news: NoticeKind, client: &str) -> ComposedMail {
    Notice {
        letter: MailContext { brand, language },
        news,
        happened: asked_with(client),
        url: "https://auth.example/login/security",
    }
    .compose()
    .unwrap()
}

fn wish(brand: &Brand, language: Language, purpose: LinkPurpose, name: &str) -> ComposedMail {
    let profile = Profile { name: Some(name.to_owned()), ..Profile::default() };
    let proof = Proof::Subject {
        provider: "github".to_owned(),
        label: "GitHub".to_owned(),
        issuer: "https://github.example".to_owned(),
        profile,
        trust_email: Word::Confirmed,
    };
    let url = Secret::new("https://auth.example/v1/auth/verify/identity?token=t");
    let (letter, lifetime) = (MailContext { brand, language }, Duration::from_secs(600));
    WishMail { letter, url: &url, purpose, proof: &proof, lifetime, asked: asked_with(FIREFOX) }.compose().unwrap()
}

fn identity(brand: &Brand, language: Language, change: LinkChange, identity: &str) -> ComposedMail {
    notice(brand, language, NoticeKind::Identity { change, identity }, FIREFOX)
}

fn invite(brand: &Brand, language: Language, url: &str, role: Option<&str>) -> ComposedMail {
    let (letter, url) = (MailContext { brand, language }, Secret::new(url));
    let valid_until = Timestamp::from_seconds(1_795_860_000);
    InviteMail { letter, url: &url, role, valid_until }.compose().unwrap()
}

#[test]
fn the_mail_shows_its_link_its_code_and_who_asked_in_text_and_html() {
    let mail = sign_in(&brand("Acme"), Language::En, "https://app.example/in?a=1&token=t", FIREFOX, 600);
    assert_eq!(mail.subject, "Sign in to Acme");
    assert!(mail.text.contains("\nhttps://app.example/in?a=1&token=t\n"), "{}", mail.text);
    assert!(mail.text.contains("\nABCD-EFGH\n") && mail.html.contains(">ABCD-EFGH<"), "{}", mail.text);
    assert!(mail.text.contains("within 10 minutes"), "{}", mail.text);
    assert!(mail.html.contains(r#"href="https://app.example/in?a=1&#38;token=t""#), "{}", mail.html);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("Asked for on 21 Nov 2026, 10:00 UTC, from Firefox on Windows."), "{part}");
        assert!(part.contains("If this wasn"), "{part}");
    }
}

#[test]
fn every_language_has_its_own_mail_that_says_so() {
    for language in Language::ALL {
        let mail = sign_in(&brand("Acme"), language, "https://app.example/?token=t", FIREFOX, 60);
        assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.tag())), "{}", mail.html);
        assert!(mail.subject.contains("Acme"), "{}", mail.subject);
        assert!(mail.text.contains("Firefox") && mail.text.contains("2026"), "{}", mail.text);
    }
    let german = sign_in(&brand("Acme"), Language::De, "https://app.example/?token=t", FIREFOX, 60);
    assert_eq!(german.subject, "Bei Acme anmelden");
    assert!(german.text.contains("nur 1 Minute lang"), "{}", german.text);
}

#[test]
fn nothing_that_is_put_in_can_become_markup() {
    let nasty = "<b>\"A&B'</b>";
    let brand = Brand { logo: Logo::new("https://cdn.example/?\"><script>").ok(), ..brand(nasty) };
    let mails = [
        sign_in(&brand, Language::En, "https://app.example/\"><script>", "<i>Firefox/</i>", 600),
        notice(&brand, Language::En, NoticeKind::Locked, "<i>Firefox/</i>"),
        invite(&brand, Language::En, "https://app.example/\"><script>", Some("editor")),
        wish(&brand, Language::En, LinkPurpose::Join, "<i>Ada</i>"),
        identity(&brand, Language::En, LinkChange::Linked, "GitHub: ada@example.com"),
    ];
    for mail in mails {
        for markup in ["<b>", "<script>", "<i>"] {
            assert!(!mail.html.contains(markup), "{}", mail.html);
        }
        assert!(mail.html.contains("&#60;b&#62;&#34;A&#38;B&#39;&#60;/b&#62;"), "{}", mail.html);
        assert!(!mail.text.contains("<i>Firefox"), "{}", mail.text);
    }
}

#[test]
fn a_client_that_nobody_recognises_is_left_out() {
    let mail = sign_in(&brand("Acme"), Language::En, "https://app.example/?token=t", "Call 555-0100 now", 600);
    assert!(mail.text.contains("Asked for on 21 Nov 2026, 10:00 UTC.\n"), "{}", mail.text);
    assert!(!mail.text.contains("555") && !mail.html.contains("555"), "{}", mail.text);
}

#[test]
fn each_change_to_a_second_factor_has_its_mail() {
    let brand = brand("Acme");
    for (news, subject) in [
        (NoticeKind::Enrolled, "Your authenticator app is set up for Acme"),
        (NoticeKind::Disabled, "Your authenticator app was switched off for Acme"),
        (NoticeKind::RecoveryCodeUsed(9), "A recovery code was used for Acme"),
        (NoticeKind::RecoveryCodesRenewed, "New recovery codes for Acme"),
        (NoticeKind::Locked, "Too many wrong codes for Acme"),
    ] {
        let mail = notice(&brand, Language::En, news, FIREFOX);
        assert_eq!(mail.subject, subject);
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("On 21 Nov 2026, 10:00 UTC, from Firefox on Windows."), "{part}");
            assert_eq!(
                part.contains("You have 9 recovery codes left."),
                news == NoticeKind::RecoveryCodeUsed(9),
                "{part}"
            );
        }
    }
}

#[test]
fn a_change_of_identities_says_which_it_was_and_where_it_is_undone() {
    let brand = brand("Acme");
    for (change, subject, consequence) in [
        (LinkChange::Linked, "A new way to sign in to Acme", "this way to sign in is removed, and every session"),
        (LinkChange::Unlinked, "A way to sign in to Acme was removed", "every session of your account ends"),
        (LinkChange::Invited, "Your invitation to Acme was accepted", "this way to sign in is removed"),
    ] {
        let mail = identity(&brand, Language::En, change, "GitHub: ada@example.com");
        assert_eq!(mail.subject, subject);
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("GitHub: ada@example.com") && part.contains(consequence), "{part}");
            assert!(part.contains("https://auth.example/login/security"), "{part}");
        }
        assert!(mail.html.contains(">This wasn’t me</a>"), "{}", mail.html);
    }
}

#[test]
fn a_mailbox_is_asked_about_an_identity_as_what_it_is() {
    for (purpose, subject) in
        [(LinkPurpose::Join, "Add a way to sign in to Acme?"), (LinkPurpose::Prove, "Confirm your address for Acme")]
    {
        let mail = wish(&brand("Acme"), Language::En, purpose, "Ada");
        assert_eq!(mail.subject, subject);
        for part in [&mail.text, &mail.html] {
            for told in ["GitHub: Ada", "within 10 minutes", "from Firefox on Windows", "verify/identity?token=t"] {
                assert!(part.contains(told), "{told}: {part}");
            }
        }
    }
}

#[test]
fn an_invitation_says_who_invites_as_what_and_until_when_and_what_to_do_when_it_was_not_expected() {
    let url = "https://auth.example/login/invite?a=1&token=t";
    let mail = invite(&brand("Acme"), Language::En, url, Some("editor"));
    assert_eq!(mail.subject, "You’re invited to Acme");
    let text = "You’re invited to Acme\n\nOpen this link to see your invitation:\n\n\
                https://auth.example/login/invite?a=1&token=t\n\nYou’ll join with the role “editor”.\n\
                The invitation works once, until 28 Nov 2026, 10:00 UTC.\n\nIf you didn’t expect this, ignore this email. \
                Don’t pass it on: whoever has the link can join in your place.";
    assert_eq!(mail.text, text);
    assert!(mail.html.contains(r#"href="https://auth.example/login/invite?a=1&#38;token=t""#), "{}", mail.html);
    // The button speaks for itself in HTML; all the rest stands there, too.
    for line in text.lines().skip(5).filter(|line| !line.is_empty()) {
        assert!(mail.html.contains(line), "{line}: {}", mail.html);
    }
}

#[test]
fn an_invitation_without_a_role_names_none_in_any_language() {
    for language in Language::ALL {
        let [with, without] =
            [Some("editor"), None].map(|role| invite(&brand("Acme"), language, "https://a.example/?token=t", role));
        let texts = &language.texts().invite;
        let (role, lifetime) = (texts.role.fill(["editor"]), texts.lifetime.around().0);
        for (with, without) in [(with.text, without.text), (with.html, without.html)] {
            assert!(with.contains(&role) && !without.contains("editor"), "{with}\n{without}");
            assert_eq!(without.replace('\n', ""), with.replace(&role, "").replace(" </p>", "</p>").replace('\n', ""));
            assert!(without.contains(lifetime) && without.contains(texts.not_you), "{without}");
        }
    }
}

#[test]
#[ignore = "writes what tests/screenshots shows"]
#[expect(clippy::disallowed_methods, reason = "the script says where to write")]
fn the_mails_are_pictured() {
    let (brand, mut pictured) = (brand("Acme"), Vec::new());
    let url = format!("https://auth.example/v1/auth/verify?token={}", "Zm9vYmFy".repeat(5));
    for language in Language::ALL {
        for (name, mail) in [
            ("mail sign in", sign_in(&brand, language, &url, FIREFOX, 600)),
            ("mail invite", invite(&brand, language, &url, None)),
            ("mail invite with a role", invite(&brand, language, &url, Some("editor"))),
            ("mail enrolled", notice(&brand, language, NoticeKind::Enrolled, FIREFOX)),
            ("mail asked to join", wish(&brand, language, LinkPurpose::Join, "Ada Lovelace")),
            ("mail asked to prove", wish(&brand, language, LinkPurpose::Prove, "Ada Lovelace")),
            ("mail linked", identity(&brand, language, LinkChange::Linked, "GitHub: ada.lovelace@example.com")),
            ("mail unlinked", identity(&brand, language, LinkChange::Unlinked, "GitHub: ada.lovelace@example.com")),
            ("mail invited", identity(&brand, language, LinkChange::Invited, "GitHub: ada.lovelace@example.com")),
            ("mail recovery code used", notice(&brand, language, NoticeKind::RecoveryCodeUsed(9), FIREFOX)),
        ] {
            pictured.push(serde_json::json!({ "name": name, "language": language.tag(), "body": mail.html }));
        }
    }
    let folder = std::path::PathBuf::from(std::env::var("DOORWARD_PICTURES").unwrap());
    std::fs::write(folder.join("mails.json"), serde_json::Value::from(pictured).to_string()).unwrap();
}
