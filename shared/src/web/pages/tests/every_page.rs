//! What holds of every page in every state.

use std::collections::BTreeSet;

use http::StatusCode;

use domain::language::Language;
use domain::page::brand::{Brand, Color, Links, Site};

use super::super::style;
use super::{MARKUP, all, body, error_parts, header, invitation, site};

#[test]
fn no_page_shows_as_markup_what_an_outsider_wrote() {
    for (name, response) in all(&site(), Language::En) {
        assert!(!body(&response).contains("<b>"), "{name}: {}", body(&response));
        assert!(!body(&response).contains(MARKUP), "{name}: {}", body(&response));
    }
}

#[test]
fn every_page_has_one_heading_one_main_a_title_its_language_and_nothing_inline_but_the_stylesheet() {
    for language in Language::ALL {
        for (name, response) in all(&site(), language) {
            let page = body(&response);
            for (once, times) in [("<h1>", 1), ("<main>", 1), ("<title>", 1), ("<style>", 1), ("<script>", 0)] {
                assert_eq!(page.matches(once).count(), times, "{name}: {once} in {page}");
            }
            assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
            assert!(!page.contains(" style="), "{name}: {page}");
            assert!(!page.contains("<title> "), "{name}");
            assert_eq!(header(&response, "content-language"), language.tag(), "{name}");
            assert_eq!(header(&response, "vary"), "Accept-Language, Cookie", "{name}");
        }
    }
}

#[test]
fn every_page_says_nothing_in_english_to_who_speaks_another_language() {
    let site = Site { brand: Brand { name: "Acme".to_owned(), ..site().brand }, ..site() };
    let english = error_parts(&site, Language::En, "ada", &[]);
    for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
        for ((name, page), (_, theirs)) in english.iter().zip(error_parts(&site, language, "ada", &[])) {
            let (page, theirs) = (said(body(page)), said(body(&theirs)));
            assert!(!theirs.is_empty(), "{name}");
            let both: Vec<_> = page.intersection(&theirs).collect();
            assert!(both.is_empty(), "{name} in {}: {both:?}", language.tag());
        }
    }
}

#[test]
fn a_page_weighs_less_than_16_kib_with_its_stylesheet_inside_and_the_picture_of_an_enrolment_aside() {
    let picture = invitation().qr;
    for language in Language::ALL {
        for (name, response) in all(&site(), language) {
            let weight = body(&response).replace(picture.reveal(), "").len();
            assert!(weight < 16 * 1024, "{name} ({}) has {weight} bytes", language.tag());
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_fault_is_told_at_its_field() {
    for (name, response) in all(&site(), Language::En) {
        let page = body(&response);
        for field in page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if field.contains("type=\"hidden\"") {
                continue;
            }
            let id = field.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\">")), "{name}: {field}");
            assert_eq!(page.contains("id=\"fault\""), field.contains("aria-invalid=\"true\""), "{name}: {field}");
            assert_eq!(page.contains("id=\"fault\""), field.contains("fault"), "{name}: {field}");
        }
    }
}

#[test]
fn the_policy_allows_the_one_stylesheet_the_logo_our_own_script_where_it_is_used_and_where_forms_lead() {
    for (name, response) in all(&site(), Language::En) {
        let page = body(&response);
        let sheet = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let expected =
            style::policy(&site(), sheet, page.contains("<script src=\"/login/doorward.js\" defer></script>"));
        let policy = header(&response, "content-security-policy");
        assert_eq!(policy, expected, "{name}");
        assert_eq!(policy.contains("script-src 'self';"), page.contains("<script"), "{name}");
        assert!(
            policy.contains(
                "; img-src 'self' https://cdn.example; form-action 'self' com.example.app: https://app.example \
                 https://front.example; "
            ),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.ends_with("; base-uri 'none'; frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn text_on_the_brands_colour_and_beside_it_can_be_read() {
    let sheet = style::sheet(&site().brand);
    assert!(sheet.starts_with(":root{--brand:#ffee00;--on-brand:#000000;--ink:"), "{sheet}");
    // The ink is chosen to be legible on the surfaces of the stylesheet.
    let surfaces: Vec<_> = sheet.split("--surface:").skip(1).map(|rest| rest.split(';').next().unwrap()).collect();
    assert_eq!(surfaces, ["#fff", &Color::DARK_SURFACE.to_string()]);
}

#[test]
fn a_page_is_answered_with_the_status_of_what_it_tells() {
    let site = site();
    let statuses: Vec<_> = all(&site, Language::En)
        .into_iter()
        .filter(|(_, response)| response.status() != StatusCode::OK)
        .map(|(name, response)| (name, response.status().as_u16(), header(&response, "retry-after").to_owned()))
        .collect();
    let expected = [
        ("no address", 400, ""),
        ("too many mails", 429, ""),
        ("a mail just now", 429, ""),
        ("a mail just now perhaps", 429, ""),
        ("enrol, wrong", 400, ""),
        ("manage, an app, too late", 400, ""),
        ("manage, a passkey, too late", 400, ""),
        ("manage, all", 429, ""),
        ("problem", 400, ""),
        ("link used", 400, ""),
        ("link expired", 400, ""),
        ("invite used", 400, ""),
        ("invite expired", 400, ""),
        ("invite revoked", 400, ""),
        ("no such invite", 400, ""),
        ("nowhere", 404, ""),
    ];
    assert_eq!(statuses, expected.map(|(name, status, wait)| (name, status, wait.to_owned())));
}

#[test]
fn every_page_links_what_the_operator_does_and_no_more() {
    let linked = |site: &Site| {
        all(site, Language::De)
            .into_iter()
            .map(|(name, response)| {
                let page = body(&response);
                let at = |words: &str| page.contains(&format!("\">{words}</a></li>"));
                (name, ["Nutzungsbedingungen", "Datenschutz", "Impressum", "Hilfe"].map(at))
            })
            .collect::<Vec<_>>()
    };
    let site = site();
    for (name, links) in linked(&site) {
        assert_eq!(links, [true; 4], "{name}");
    }
    let imprint = Links { imprint: site.links.imprint.clone(), ..Links::default() };
    for (name, links) in linked(&Site { links: imprint, ..site.clone() }) {
        assert_eq!(links, [false, false, true, false], "{name}");
    }
    let (_, page) = all(&site, Language::De).swap_remove(0);
    assert!(body(&page).contains("<a href=\"mailto:help@acme.example\">Hilfe</a>"), "{}", body(&page));
}

#[test]
fn without_a_script_nothing_of_a_new_passkey_is_shown_but_that_there_can_be_none() {
    for (name, response) in all(&site(), Language::En) {
        for form in body(&response).split("<form ").skip(1).filter(|form| form.contains("data-passkey")) {
            assert!(form.split('>').next().unwrap().ends_with(" hidden"), "{name}: {form}");
            assert!(!form.split("</form>").next().unwrap().contains("data-unsupported"), "{name}: {form}");
            assert!(!form.split("</form>").next().unwrap().contains("id=\"name\""), "{name}: {form}");
        }
    }
}

/// What a page says: its title, its heading, and every text of at least two words. Keys and codes contain no lower case.
fn said(page: &str) -> BTreeSet<&str> {
    let within = |begin: &str, end: &str| page.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    let texts = within("<main>", "</main>").split('<').map(|piece| piece.rsplit('>').next().unwrap().trim());
    let texts = texts.filter(|text| text.contains(' ') && text.chars().any(char::is_lowercase));
    texts.chain([within("<title>", "</title>"), within("<h1>", "</h1>")]).collect()
}
