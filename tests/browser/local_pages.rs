//! The local stack's own pages: the start page and the mailbox.

use super::{browse, fits, is_accessible, stack};
use crate::harness::Person;
use serde_json::json;

#[tokio::test]
async fn axe_finds_nothing_on_the_start_page_and_the_mailbox() {
    stack().visitor().gets_link(&Person::new().email).await;
    browse(json!({}), async |profile| {
        for path in ["/", "/_local/mail/"] {
            let tab = profile.tab().await;
            tab.opens(format!("{}{path}", stack().url)).await;
            tab.sees(".mail").await;
            is_accessible(&tab).await;
            fits(&tab).await;
        }
    })
    .await;
}
