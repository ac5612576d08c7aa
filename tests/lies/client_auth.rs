//! How a row shows that its registration is ours, where the metadata has a say (OpenID Connect Core section 9).

use super::{LIES, session_of, signs_in_at, starts_nothing, user_from_provider};
use crate::harness::{Person, Stack};

#[tokio::test]
async fn a_row_with_a_key_shows_an_assertion_that_is_never_the_same() {
    let visitor = Stack::shared().visitor();
    for _ in 0..2 {
        let person = Person::new();
        let started = visitor.starts("keyed").await;
        let code = LIES.code(&started, &person, |_| {});
        visitor.callback(&started, &code).await.gives(session_of(user_from_provider(&person)));
        assert!(!LIES.form(&code).contains_key("client_secret"));
    }
}

#[tokio::test]
async fn a_secret_goes_where_the_metadata_takes_it_when_the_row_says_nothing() {
    signs_in_at(&Stack::shared().visitor(), "offering", &Person::new(), |_| {}).await;
}

#[tokio::test]
async fn a_provider_that_takes_nothing_that_the_row_has_starts_nothing() {
    let cause = "provider \"certificates\": the row authenticates by client_secret_basic or client_secret_post or \
                 client_secret_jwt, and token_endpoint_auth_methods_supported offers tls_client_auth: change";
    starts_nothing("certificates", cause).await;
}

#[tokio::test]
async fn a_key_that_fits_no_algorithm_of_the_provider_starts_nothing() {
    let cause =
        "the row's privateKey fits no algorithm that token_endpoint_auth_signing_alg_values_supported offers (RS256)";
    starts_nothing("unfitting", cause).await;
}
