//! The one stylesheet, in the colours of the brand, and the policy that lets a page have it and nothing else.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use domain::page::brand::{Brand, Color, Site};

/// The stylesheet.
pub(super) fn sheet(brand: &Brand) -> String {
    let color = brand.color;
    let (light, dark) = (color.readable_on(Color::LIGHT_SURFACE), color.readable_on(Color::DARK_SURFACE));
    let text = color.text_on();
    format!(
        ":root{{--brand:{color};--on-brand:{text};--ink:{light}}}\
         @media screen and (prefers-color-scheme:dark){{:root{{--ink:{dark}}}}}{}",
        include_str!("../../../templates/style.css")
    )
}

/// The Content Security Policy (Level 3) of a page with this stylesheet.
pub(super) fn policy(site: &Site, sheet: &str, scripted: bool) -> String {
    let hash = STANDARD.encode(digest(&SHA256, sheet.as_bytes()));
    let mut policy = format!("default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'");
    if let Some(logo) = &site.brand.logo {
        policy = policy + " " + &logo.origin;
    }
    // Browsers hold redirects after a form against this too, so that every place a sign-in may end at is named.
    policy += "; form-action 'self'";
    for target in &site.form_targets {
        policy = policy + " " + target;
    }
    if scripted {
        policy += "; script-src 'self'; connect-src 'self'";
    }
    policy + "; base-uri 'none'; frame-ancestors 'none'"
}
