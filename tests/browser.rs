//! What people meet in a browser: Debian's Chromium against the real functions, with scripts and without.

mod chromium;
mod local_pages;

use crate::harness::{NO_PAUSE, Stack};
use crate::lies::LIES;
use chromium::{Profile, Tab};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The stack that browsers share. All of them come from one address, so that limits by source would hit the innocent.
fn stack() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| {
        let limits = ["LIMIT_MAILS_PER_SOURCE_PER_HOUR=10000", "LIMIT_LOGINS_PER_SOURCE=10000"];
        Stack::start(4, &[&[NO_PAUSE], &limits[..]].concat(), &LIES.rows())
    });
    &STACK
}

/// Somebody does something in a browser of their own. Whatever it is, our pages ask nobody but us for anything, and
/// nothing is wrong with them that Chromium would tell a developer.
async fn browse(options: Value, claim: impl AsyncFnOnce(&Profile)) {
    let profile = Profile::with(options).await;
    claim(&profile).await;
    profile.is_content(&stack().url).await;
}

/// How people look at pages: daylight and dark, a desk and a phone.
const VIEWS: [(&str, u32, u32); 4] =
    [("light", 1280, 800), ("dark", 1280, 800), ("light", 375, 700), ("dark", 375, 700)];

/// axe has nothing to say against the page, however one looks at it.
async fn is_accessible(tab: &Tab) {
    for (scheme, width, height) in VIEWS {
        tab.call("emulateMedia", json!([{ "colorScheme": scheme }])).await;
        tab.call("setViewportSize", json!([{ "width": width, "height": height }])).await;
        let judgement = tab.call("judge", json!([])).await;
        let page = tab.url().await;
        assert_eq!(judgement["violations"], json!([]), "{page}, {scheme}, {width} wide");
        assert!(judgement["passes"].as_u64().unwrap() > 10, "axe looked at {page}: {judgement}");
    }
}

/// On the narrowest of screens there is nothing to scroll sideways (WCAG 1.4.10).
async fn fits(tab: &Tab) {
    tab.call("setViewportSize", json!([{ "width": 320, "height": 640 }])).await;
    let width = tab.evaluates("document.documentElement.scrollWidth").await;
    assert!(width.as_u64().unwrap() <= 320, "{} is {width} wide", tab.url().await);
}
