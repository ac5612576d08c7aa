//! Client authentication (RFC 6749 section 2.3, OpenID Connect Core section 9): what a row has to show, what the provider
//! takes, and what goes along with a request.

use std::time::Duration;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;
use serde_json::json;

use super::client_secret::AppleKey;
use super::id_token::{MIN_SECRET, min_secret};
use super::provider_error::legible;
use crate::clock::Timestamp;
use crate::secret::Secret;

/// What we have to show that a registration is ours, and in which ways we may, the best first.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    held: Held,
    ways: Vec<ClientAuth>,
}

/// What a row holds for it.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// Nothing: a public client has PKCE alone.
    Nothing,
    /// A secret that the provider knows as well.
    Secret(Secret),
    /// A key whose public half the provider knows.
    Key(ClientKey),
    /// A key under which a secret is made afresh for each exchange.
    Apple(AppleKey),
}

/// A way to authenticate, as rows and metadata call it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(super) enum ClientAuth {
    /// The secret in the `Authorization` header.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// The secret in the form.
    #[serde(rename = "client_secret_post")]
    Post,
    /// A JWT under the secret (RFC 7523 section 2.2).
    #[serde(rename = "client_secret_jwt")]
    SecretJwt,
    /// A JWT under a private key.
    #[serde(rename = "private_key_jwt")]
    KeyJwt,
}

/// What a provider's metadata says that it takes (RFC 8414 section 2). An empty list says nothing.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Offer {
    #[serde(default, rename = "token_endpoint_auth_methods_supported")]
    methods: Vec<String>,
    #[serde(default, rename = "token_endpoint_auth_signing_alg_values_supported")]
    algorithms: Vec<String>,
}

/// How we authenticate at one provider, now that it is settled what both sides can do.
#[derive(Debug)]
pub enum ClientAuthentication<'p> {
    /// By our name alone.
    Nothing,
    /// By the secret in a header.
    Basic(&'p Secret),
    /// By the secret in the form.
    Post(&'p Secret),
    /// By a JWT under the secret.
    SecretJwt(&'p Secret, Algorithm),
    /// By a JWT under our key.
    KeyJwt(&'p ClientKey, Algorithm),
    /// By a secret under our key.
    Minted(&'p AppleKey),
}

/// What goes along with one request.
#[derive(Debug)]
pub enum RequestAuth {
    /// The secret, in the `Authorization` header (RFC 6749 section 2.3.1).
    Basic(Secret),
    /// Fields of the form, beside `client_id`.
    Fields(Vec<(&'static str, Secret)>),
}

/// A private key of ours.
#[derive(Clone, Debug)]
pub struct ClientKey {
    key: EncodingKey,
    id: Option<String>,
    algorithms: &'static [Algorithm],
}

impl ClientCredentials {
    /// Authenticates by what is `held`, in the way that the row states, if it states one.
    ///
    /// # Errors
    ///
    /// What to change in the row.
    pub(super) fn new(held: Held, stated: Option<ClientAuth>) -> Result<Self, String> {
        let possible: &[_] = match &held {
            Held::Nothing => &[],
            // Basic first: what metadata means that says nothing (OpenID Connect Discovery section 3).
            Held::Secret(_) => &[ClientAuth::Basic, ClientAuth::Post, ClientAuth::SecretJwt],
            Held::Key(_) => &[ClientAuth::KeyJwt],
            Held::Apple(_) => &[ClientAuth::Post],
        };
        let ways = match (&held, stated) {
            (Held::Secret(secret), Some(ClientAuth::SecretJwt)) if secret.reveal().len() < MIN_SECRET => {
                return Err(format!(
                    "clientAuth client_secret_jwt needs a clientSecret of at least {MIN_SECRET} bytes"
                ));
            }
            // The catalog states how a secret goes, and a public client has none.
            (Held::Nothing, Some(ClientAuth::Basic | ClientAuth::Post)) | (_, None) => possible.to_vec(),
            (_, Some(way)) if possible.contains(&way) => vec![way],
            (_, Some(way)) => return Err(format!("clientAuth {} needs a {}", way.name(), way.needs())),
        };
        Ok(Self { held, ways })
    }

    /// The secret that the provider knows as well, where there is one.
    pub fn secret(&self) -> Option<&Secret> {
        match &self.held {
            Held::Secret(secret) => Some(secret),
            Held::Nothing | Held::Key(_) | Held::Apple(_) => None,
        }
    }

    /// Settles how to authenticate at a provider that makes this offer.
    ///
    /// # Errors
    ///
    /// What to change when it takes nothing that we have; for the log.
    pub fn settle(&self, offer: &Offer) -> Result<ClientAuthentication<'_>, String> {
        let way = self.ways.iter().find(|way| offer.takes(**way));
        Ok(match (&self.held, way) {
            // Some take public clients and do not list `none` (Keycloak).
            (Held::Nothing, _) => ClientAuthentication::Nothing,
            (_, None) => return Err(self.misfit(offer)),
            (Held::Secret(secret), Some(ClientAuth::Basic)) => ClientAuthentication::Basic(secret),
            (Held::Secret(secret), Some(ClientAuth::SecretJwt)) => {
                let fits =
                    |algorithm: &Algorithm| min_secret(*algorithm).is_some_and(|least| secret.reveal().len() >= least);
                let algorithm = HMACS.into_iter().filter(fits).find(|algorithm| offer.verifies(*algorithm));
                ClientAuthentication::SecretJwt(secret, algorithm.ok_or_else(|| offer.unverifiable("clientSecret"))?)
            }
            (Held::Secret(secret), Some(_)) => ClientAuthentication::Post(secret),
            (Held::Key(key), Some(_)) => {
                let algorithm = key.algorithms.iter().copied().find(|algorithm| offer.verifies(*algorithm));
                ClientAuthentication::KeyJwt(key, algorithm.ok_or_else(|| offer.unverifiable("privateKey"))?)
            }
            (Held::Apple(key), Some(_)) => ClientAuthentication::Minted(key),
        })
    }

    fn misfit(&self, offer: &Offer) -> String {
        let ours: Vec<_> = self.ways.iter().map(|way| way.name()).collect();
        format!(
            "the row authenticates by {}, and token_endpoint_auth_methods_supported offers {}: change clientAuth, \
             clientSecret or privateKey",
            ours.join(" or "),
            listed(&offer.methods),
        )
    }
}

impl ClientAuth {
    const fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::KeyJwt => "private_key_jwt",
        }
    }

    const fn needs(self) -> &'static str {
        match self {
            Self::Basic | Self::Post => "clientSecret",
            Self::SecretJwt => "clientSecret of at least 32 bytes",
            Self::KeyJwt => "privateKey, and no clientSecret",
        }
    }
}

impl Offer {
    /// That of a provider whose metadata nobody asks for.
    pub const UNKNOWN: &'static Self = &Self { methods: Vec::new(), algorithms: Vec::new() };

    fn takes(&self, way: ClientAuth) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|method| method == way.name())
    }

    fn verifies(&self, algorithm: Algorithm) -> bool {
        self.algorithms.is_empty() || self.algorithms.iter().any(|name| name.parse() == Ok(algorithm))
    }

    fn unverifiable(&self, field: &str) -> String {
        format!(
            "the row's {field} fits no algorithm that token_endpoint_auth_signing_alg_values_supported offers ({}): \
             register another",
            listed(&self.algorithms),
        )
    }
}

impl ClientAuthentication<'_> {
    /// What `client_id` shows to a provider that knows itself as `audience`.
    ///
    /// # Errors
    ///
    /// When the key does not sign; the text is for the log.
    pub fn shown(&self, client_id: &str, audience: &str, now: Timestamp) -> Result<RequestAuth, String> {
        let (key, header) = match self {
            Self::Nothing => return Ok(RequestAuth::Fields(Vec::new())),
            Self::Basic(secret) => return Ok(RequestAuth::Basic((*secret).clone())),
            Self::Post(secret) => return Ok(RequestAuth::Fields(vec![("client_secret", (*secret).clone())])),
            Self::Minted(key) => return Ok(RequestAuth::Fields(vec![("client_secret", key.mint(client_id, now)?)])),
            Self::SecretJwt(secret, algorithm) => {
                (&EncodingKey::from_secret(secret.reveal().as_bytes()), Header::new(*algorithm))
            }
            Self::KeyJwt(key, algorithm) => (&key.key, Header { kid: key.id.clone(), ..Header::new(*algorithm) }),
        };
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": Secret::random().reveal(),
            "iat": now,
            "exp": now + LIFETIME,
        });
        let assertion =
            jsonwebtoken::encode(&header, &claims, key).map_err(|error| format!("client assertion: {error}"))?;
        Ok(RequestAuth::Fields(vec![
            ("client_assertion_type", Secret::new("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            ("client_assertion", Secret::new(assertion)),
        ]))
    }
}

impl ClientKey {
    /// Reads a private key (PKCS #8 in PEM), which the provider knows as `id`.
    pub(super) fn read(private_key: &Secret, id: Option<String>) -> Option<Self> {
        let text = private_key.reveal().as_bytes();
        let pkcs8 = pem::parse(text).ok().filter(|pem| pem.tag() == "PRIVATE KEY")?.into_contents();
        let is_on = |curve| EcdsaKeyPair::from_pkcs8(curve, &pkcs8).is_ok();
        let (key, algorithms): (_, &[_]) = if RsaKeyPair::from_pkcs8(&pkcs8).is_ok() {
            (EncodingKey::from_rsa_pem(text), &RSA)
        } else if is_on(&ECDSA_P256_SHA256_FIXED_SIGNING) {
            (EncodingKey::from_ec_pem(text), &[Algorithm::ES256])
        } else if is_on(&ECDSA_P384_SHA384_FIXED_SIGNING) {
            (EncodingKey::from_ec_pem(text), &[Algorithm::ES384])
        } else if Ed25519KeyPair::from_pkcs8(&pkcs8).is_ok() {
            (EncodingKey::from_ed_pem(text), &[Algorithm::EdDSA])
        } else {
            return None;
        };
        Some(Self { key: key.ok()?, id, algorithms })
    }
}

/// A provider's list, for the log.
fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { legible(&names.join(", "), 200) }
}

/// For how long an assertion is good: it is shown at once. Keycloak believes none for longer, whatever it says.
const LIFETIME: Duration = Duration::from_secs(60);

/// What an RSA key signs by, the one first that every provider knows.
const RSA: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::RS384, Algorithm::PS384, Algorithm::RS512, Algorithm::PS512];

const HMACS: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use serde_json::Value;

    use super::*;
    use crate::keys::signing_key::{SigningKey, signature_only};

    fn offer(methods: &[&str], algorithms: &[&str]) -> Offer {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Offer { methods: owned(methods), algorithms: owned(algorithms) }
    }

    fn secret(bytes: usize, stated: Option<ClientAuth>) -> ClientCredentials {
        ClientCredentials::new(Held::Secret(Secret::new("s".repeat(bytes))), stated).unwrap()
    }

    fn key(private_key: &Secret) -> ClientCredentials {
        ClientCredentials::new(Held::Key(ClientKey::read(private_key, Some("k1".into())).unwrap()), None).unwrap()
    }

    fn rsa() -> Secret {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
        Secret::new(pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8.as_ref())))
    }

    #[test]
    fn a_secret_goes_as_the_row_states_or_as_the_metadata_offers() {
        let by = |stated, methods: &[&str]| match secret(32, stated).settle(&offer(methods, &[])) {
            Ok(ClientAuthentication::Basic(_)) => "basic",
            Ok(ClientAuthentication::Post(_)) => "post",
            Ok(ClientAuthentication::SecretJwt(_, Algorithm::HS256)) => "jwt",
            Ok(other) => panic!("{other:?}"),
            Err(_) => "refused",
        };
        assert_eq!(by(None, &[]), "basic");
        assert_eq!(by(None, &["client_secret_post", "client_secret_basic"]), "basic");
        assert_eq!(by(None, &["private_key_jwt", "client_secret_jwt", "client_secret_post"]), "post");
        assert_eq!(by(None, &["private_key_jwt", "client_secret_jwt"]), "jwt");
        assert_eq!(by(None, &["private_key_jwt", "tls_client_auth"]), "refused");
        assert_eq!(by(Some(ClientAuth::Post), &[]), "post");
        assert_eq!(by(Some(ClientAuth::Post), &["client_secret_basic", "client_secret_post"]), "post");
        assert_eq!(by(Some(ClientAuth::Post), &["client_secret_basic"]), "refused");
    }

    #[test]
    fn a_refusal_says_what_is_offered_and_what_to_change() {
        let problem = secret(32, None).settle(&offer(&["tls_client_auth\n", "private_key_jwt"], &[])).unwrap_err();
        let expected = "the row authenticates by client_secret_basic or client_secret_post or client_secret_jwt, and \
                        token_endpoint_auth_methods_supported offers tls_client_auth , private_key_jwt: change \
                        clientAuth, clientSecret or privateKey";
        assert_eq!(problem, expected);
        let (_, p256) = SigningKey::generate(Algorithm::ES256).unwrap();
        let problem = key(&p256.private_key).settle(&offer(&["private_key_jwt"], &["RS256", "PS256"])).unwrap_err();
        let expected = "the row's privateKey fits no algorithm that token_endpoint_auth_signing_alg_values_supported \
                        offers (RS256, PS256): register another";
        assert_eq!(problem, expected);
    }

    #[test]
    fn a_public_client_goes_by_its_name_even_where_none_is_not_listed() {
        let public = ClientCredentials::new(Held::Nothing, Some(ClientAuth::Post)).unwrap();
        assert!(matches!(public.settle(&offer(&["client_secret_basic"], &[])), Ok(ClientAuthentication::Nothing)));
    }

    #[test]
    fn the_algorithm_is_one_of_the_keys_that_the_provider_verifies() {
        let (rsa, (_, p256), (_, edwards)) =
            (rsa(), SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::EdDSA).unwrap());
        for (private_key, offered, chosen) in [
            (&rsa, &[][..], Some(Algorithm::RS256)),
            (&rsa, &["ES256", "PS256"], Some(Algorithm::PS256)),
            (&rsa, &["ES256", "HS256", "none"], None),
            (&p256.private_key, &[], Some(Algorithm::ES256)),
            (&p256.private_key, &["ES384"], None),
            (&edwards.private_key, &["EdDSA"], Some(Algorithm::EdDSA)),
        ] {
            let credentials = key(private_key);
            let found = match credentials.settle(&offer(&["private_key_jwt"], offered)) {
                Ok(ClientAuthentication::KeyJwt(_, algorithm)) => Some(algorithm),
                Ok(other) => panic!("{other:?}"),
                Err(_) => None,
            };
            assert_eq!(found, chosen, "{offered:?}");
        }
        for (bytes, offered, chosen) in [
            (64, &[][..], Some(Algorithm::HS256)),
            (64, &["HS512"], Some(Algorithm::HS512)),
            (63, &["HS512"], None),
            (31, &["HS256"], None),
        ] {
            let credentials = secret(bytes, None);
            let found = match credentials.settle(&offer(&["client_secret_jwt"], offered)) {
                Ok(ClientAuthentication::SecretJwt(_, algorithm)) => Some(algorithm),
                Ok(other) => panic!("{other:?}"),
                Err(_) => None,
            };
            assert_eq!(found, chosen, "{bytes} {offered:?}");
        }
    }

    #[test]
    fn an_assertion_says_who_we_are_to_one_provider_for_a_minute_and_is_never_the_same() {
        let now = Timestamp::from_seconds(1_000_000);
        let (_, p256) = SigningKey::generate(Algorithm::ES256).unwrap();
        let credentials = key(&p256.private_key);
        let authentication = credentials.settle(Offer::UNKNOWN).unwrap();
        let assertion = || match authentication.shown("us", "https://idp.example", now).unwrap() {
            RequestAuth::Fields(fields) => fields,
            RequestAuth::Basic(_) => panic!("a key is no secret"),
        };
        let [(kind, stated), (name, token)] = &assertion()[..] else { panic!("two fields") };
        assert_eq!(
            (*kind, stated.reveal()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        let public = jsonwebtoken::DecodingKey::from_jwk(&p256.public.jwk).unwrap();
        let mut read =
            jsonwebtoken::decode::<Value>(token.reveal(), &public, &signature_only(Algorithm::ES256)).unwrap();
        let jti = read.claims.as_object_mut().unwrap().remove("jti").unwrap();
        assert_eq!(
            (*name, read.header.kid.as_deref(), jti.as_str().unwrap().len()),
            ("client_assertion", Some("k1"), 43)
        );
        let expected =
            json!({"iss": "us", "sub": "us", "aud": "https://idp.example", "iat": 1_000_000, "exp": 1_000_060});
        assert_eq!(read.claims, expected);
        assert_ne!(token, &assertion()[1].1);
    }

    #[test]
    fn only_a_private_key_of_a_known_kind_is_read() {
        let (_, p256) = SigningKey::generate(Algorithm::ES256).unwrap();
        let text = p256.private_key.reveal();
        assert!(ClientKey::read(&p256.private_key, None).is_some());
        let contents = pem::parse(text).unwrap().into_contents();
        let mislabelled = pem::encode(&pem::Pem::new("EC PRIVATE KEY", contents));
        for wrong in ["hunter2", &mislabelled, &text.replacen('M', "A", 3), &text[..60]] {
            assert!(ClientKey::read(&Secret::new(wrong), None).is_none(), "{wrong}");
        }
    }
}
