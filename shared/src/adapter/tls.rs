//! TLS as it is spoken to AWS and to providers: rustls over aws-lc, in both cases with authorities that come with the
//! binary, never the system's.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, Error, RootCertStore};

/// TLS 1.2 and 1.3 with whomever one of `roots` vouches for.
///
/// # Errors
///
/// When the library has no cipher for one of the two.
pub fn trusting(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    Ok(config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}
