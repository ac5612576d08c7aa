//! The local stack's own pages: the start page, the mailbox and the index.

use serde_json::json;

use super::{browse, fits, is_accessible, stack};
use crate::harness::Person;

#[tokio::test]
async fn axe_finds_nothing_on_the_local_pages() {
    stack().visitor().gets_link(&Person::new().email).await;
    browse(json!({}), async |profile| {
        for (path, filled) in [("/", ".mail"), ("/_local/mail/", ".mail"), ("/_local/", "#requests .call")] {
            let tab = profile.tab().await;
            tab.opens(format!("{}{path}", stack().url)).await;
            tab.sees(filled).await;
            is_accessible(&tab).await;
            fits(&tab).await;
        }
    })
    .await;
}
