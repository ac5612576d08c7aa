//! Access tokens (RFC 9068) and registration tokens: JWTs that API Gateway and any library can verify.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::proof::Proof;
use crate::clock::Timestamp;
use crate::error::Unauthenticated;
use crate::keys::KeySet;
use crate::keys::signing_key::{CannotSign, SigningKey, VerifyingKey, sign, signed};
use crate::secret::{Hash, Secret, new_id};
use crate::session::Session;
use crate::session_id::SessionId;

/// Whose tokens these are, and whom they are for.
#[derive(Clone, Debug)]
pub struct Realm {
    /// `iss`: the public URL of this deployment.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
}

/// Who issues tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// In whose name.
    pub realm: Realm,
    /// How long an access token is valid.
    pub access_token_lifetime: Duration,
}

/// The claims of an access token (RFC 9068 section 2.2).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessClaims {
    /// The deployment.
    pub iss: String,
    /// The API that the token is for.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// Required by RFC 9068; the audience stands for the one first-party client.
    pub client_id: String,
    /// The session's public id.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// When the person was authenticated.
    pub auth_time: Timestamp,
    /// How the person was authenticated.
    pub amr: Vec<String>,
    /// Whether the person has shown one factor (`single_factor`) or more (`multi_factor`).
    pub acr: String,
    /// The actor type that the person is signed in as.
    pub actor_type: String,
    /// The same and the person's role, for who looks at nothing else (RFC 9068 section 2.2.3): `actor:staff role:admin`.
    #[serde(default)]
    pub scope: String,
    /// The public id of what the person came by; contract `actor` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_identity_id: Option<String>,
    /// The user's id once more; contract `actor` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
}

/// The claims of a registration token: proof of who a person is, for somebody who has no account yet. Its own `typ`
/// makes it useless wherever an access token is wanted, and its own audience wherever nobody looks at the type, such as
/// in API Gateway's authorizer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RegistrationClaims {
    /// The deployment.
    pub iss: String,
    /// The part of the deployment where people register, and no API.
    pub aud: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// The actor type that the person wants to join.
    pub actor_type: String,
    /// The public id of what the person proved.
    pub auth_identity_id: String,
    /// What the person proved.
    pub proof: Proof,
}

/// The claims of a challenge token: somebody has shown their first factor under contract `actor`. Type and audience make it
/// useless for anything but the answer to that challenge, which it does not replace.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ChallengeClaims {
    /// The deployment.
    pub iss: String,
    /// The part of the deployment where second factors are shown, and no API.
    pub aud: String,
    /// When it was issued.
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// The actor type that the person wants to sign in as.
    pub actor_type: String,
    /// The public id of what the person came by.
    pub auth_identity_id: String,
    challenge: String,
}

impl ChallengeClaims {
    /// Whether it is of the challenge `id`.
    pub fn is_of(&self, id: &str) -> bool {
        self.challenge == Hash::of(id).as_str()
    }
}

/// What a challenge token is for.
#[derive(Clone, Copy, Debug)]
pub struct ChallengeFor<'a> {
    /// The partial session's id.
    pub id: &'a str,
    /// The actor type that the person wants to sign in as.
    pub actor_type: &'a str,
    /// The public id of what the person came by.
    pub auth_identity_id: &'a str,
    /// When the partial session is over.
    pub valid_until: Timestamp,
}

/// A signed token and the moment at which it expires.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The compact serialisation.
    pub token: Secret,
    /// Its `exp`.
    pub expires_at: Timestamp,
}

impl Issuer {
    /// Signs an access token for `session`.
    pub fn access_token(
        &self,
        session: &Session,
        keys: &KeySet<SigningKey>,
        now: Timestamp,
    ) -> Result<Issued, CannotSign> {
        self.sign(self.claims(session, now), keys)
    }

    /// Signs an access token for `session` that says by what the person came, as the contract `actor` wants it. The token
    /// itself leads to the next one there, so that none outlives the session.
    pub fn actor_token(
        &self,
        session: &Session,
        keys: &KeySet<SigningKey>,
        now: Timestamp,
    ) -> Result<Issued, CannotSign> {
        let claims = self.claims(session, now);
        let claims = AccessClaims {
            exp: claims.exp.min(session.ends_at()),
            auth_identity_id: session.auth_identity_id.clone(),
            actor_id: Some(session.user_id().to_owned()),
            ..claims
        };
        self.sign(claims, keys)
    }

    /// Signs a token that says of somebody under contract `actor` that they have yet to show a second factor.
    pub fn challenge_token(
        &self,
        challenge: ChallengeFor<'_>,
        keys: &KeySet<SigningKey>,
        now: Timestamp,
    ) -> Result<Secret, CannotSign> {
        let claims = ChallengeClaims {
            iss: self.realm.issuer.clone(),
            aud: self.realm.challenge_audience(),
            iat: now,
            exp: challenge.valid_until,
            actor_type: challenge.actor_type.to_owned(),
            auth_identity_id: challenge.auth_identity_id.to_owned(),
            challenge: Hash::of(challenge.id).as_str().to_owned(),
        };
        sign(CHALLENGE_TOKEN, &claims, keys)
    }

    fn sign(&self, claims: AccessClaims, keys: &KeySet<SigningKey>) -> Result<Issued, CannotSign> {
        let token = sign(ACCESS_TOKEN, &claims, keys)?;
        Ok(Issued { token, expires_at: claims.exp })
    }

    fn claims(&self, session: &Session, now: Timestamp) -> AccessClaims {
        AccessClaims {
            iss: self.realm.issuer.clone(),
            aud: self.realm.audience.clone(),
            sub: session.user_id().to_owned(),
            client_id: self.realm.audience.clone(),
            sid: session.id,
            jti: new_id("jti"),
            iat: now,
            exp: now + self.access_token_lifetime,
            auth_time: session.auth_time,
            amr: session.amr().to_vec(),
            acr: session.acr().to_owned(),
            actor_type: session.actor_type.clone(),
            scope: scope(session),
            auth_identity_id: None,
            actor_id: None,
        }
    }

    /// Signs a registration token for what was proven.
    pub fn registration_token(
        &self,
        proof: &Proof,
        actor_type: &str,
        keys: &KeySet<SigningKey>,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Issued, CannotSign> {
        let claims = RegistrationClaims {
            iss: self.realm.issuer.clone(),
            aud: self.realm.registration_audience(),
            iat: now,
            exp: now + lifetime,
            actor_type: actor_type.to_owned(),
            auth_identity_id: proof.identity_id(),
            proof: proof.clone(),
        };
        let token = sign(REGISTRATION_TOKEN, &claims, keys)?;
        Ok(Issued { token, expires_at: claims.exp })
    }
}

impl Realm {
    /// Reads an access token that this deployment issued and that is valid at `now` (RFC 9068 section 4).
    ///
    /// # Errors
    ///
    /// What is wrong with it, which is nobody's business but its issuer's.
    pub fn verify<K: AsRef<VerifyingKey>>(
        &self,
        token: &str,
        keys: &KeySet<K>,
        now: Timestamp,
    ) -> Result<AccessClaims, Unauthenticated> {
        let claims: AccessClaims = signed(ACCESS_TOKEN, token, keys)?;
        self.check(&claims.iss, (&claims.aud, &self.audience), claims.iat, claims.exp, now)?;
        Ok(claims)
    }

    /// Reads a registration token that this deployment issued and that is valid at `now`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_registration<K: AsRef<VerifyingKey>>(
        &self,
        token: &str,
        keys: &KeySet<K>,
        now: Timestamp,
    ) -> Result<RegistrationClaims, Unauthenticated> {
        let claims: RegistrationClaims = signed(REGISTRATION_TOKEN, token, keys)?;
        self.check(&claims.iss, (&claims.aud, &self.registration_audience()), claims.iat, claims.exp, now)?;
        Ok(claims)
    }

    /// Reads a challenge token that this deployment issued and that is valid at `now`.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_challenge(
        &self,
        token: &str,
        keys: &KeySet<SigningKey>,
        now: Timestamp,
    ) -> Result<ChallengeClaims, Unauthenticated> {
        let claims: ChallengeClaims = signed(CHALLENGE_TOKEN, token, keys)?;
        self.check(&claims.iss, (&claims.aud, &self.challenge_audience()), claims.iat, claims.exp, now)?;
        Ok(claims)
    }

    fn check(
        &self,
        issuer: &str,
        (audience, ours): (&str, &str),
        issued_at: Timestamp,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Unauthenticated> {
        if issuer != self.issuer {
            Err(Unauthenticated::OtherIssuer)
        } else if audience != ours {
            Err(Unauthenticated::OtherAudience)
        } else if issued_at > now + CLOCK_SKEW {
            Err(Unauthenticated::NotYetValid)
        } else if now >= expires_at {
            Err(Unauthenticated::Expired)
        } else {
            Ok(())
        }
    }

    fn challenge_audience(&self) -> String {
        format!("{}/auth/mfa", self.issuer)
    }

    fn registration_audience(&self) -> String {
        format!("{}/v1/auth/invites", self.issuer)
    }
}

/// What a token may be used for: whatever its person's actor type and role may do.
fn scope(session: &Session) -> String {
    let actor = format!("actor:{}", session.actor_type);
    session.role.iter().fold(actor, |scope, role| format!("{scope} role:{role}"))
}

/// How far the clocks of two of our functions may be apart.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The `typ` of an access token (RFC 9068 section 2.1).
const ACCESS_TOKEN: &str = "at+jwt";

/// The `typ` of a challenge token.
const CHALLENGE_TOKEN: &str = "challenge+jwt";

/// The `typ` of a registration token.
const REGISTRATION_TOKEN: &str = "registration+jwt";

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;

    use super::*;
    use crate::account::User;
    use crate::session::Lifetime;
    use crate::session::assurance::{FirstFactorOutcome, Method, after_first_factor};

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn issuer() -> Issuer {
        Issuer { realm: realm(), access_token_lifetime: Duration::from_secs(900) }
    }

    fn realm() -> Realm {
        Realm { issuer: "https://auth.example".into(), audience: "https://api.example".into() }
    }

    fn keys(alg: Algorithm) -> KeySet<SigningKey> {
        KeySet::sample(|| SigningKey::generate(alg).unwrap())
    }

    fn session() -> Session {
        let address = crate::account::email::EmailAddress::parse("ada@example.com").unwrap();
        let user = User::sign_up(&Proof::Mailbox(address), "user", NOW);
        let lifetime = Lifetime { idle: Duration::from_secs(60), absolute: Duration::from_secs(60) };
        let FirstFactorOutcome::Open(assured) = after_first_factor(&user, Method::MailedLink, NOW) else {
            panic!("there is no second factor")
        };
        Session::begin(assured, None, lifetime)
    }

    #[test]
    fn every_algorithm_signs_what_it_verifies() {
        for alg in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let (keys, session) = (keys(alg), session());
            let issued = issuer().access_token(&session, &keys, NOW).unwrap();
            let claims = realm().verify(issued.token.reveal(), &keys, NOW).unwrap();
            assert_eq!(
                (claims.sub, claims.sid, claims.exp),
                (session.user_id().to_owned(), session.id, issued.expires_at),
                "{alg:?}"
            );
        }
    }

    #[test]
    fn the_scope_says_the_actor_type_and_the_role_where_there_is_one() {
        let keys = keys(Algorithm::EdDSA);
        let scope = |session: &Session| {
            let token = issuer().access_token(session, &keys, NOW).unwrap().token;
            realm().verify(token.reveal(), &keys, NOW).unwrap().scope
        };
        assert_eq!(scope(&session()), "actor:user");
        let mut admins = session();
        admins.role = Some("admin".to_owned());
        assert_eq!(scope(&admins), "actor:user role:admin");
    }

    #[test]
    fn a_token_is_valid_until_the_second_in_which_it_expires() {
        let keys = keys(Algorithm::EdDSA);
        let issued = issuer().access_token(&session(), &keys, NOW).unwrap();
        let valid_at = |now| realm().verify(issued.token.reveal(), &keys, now).is_ok();
        assert!(valid_at(NOW + Duration::from_secs(899)));
        assert!(!valid_at(NOW + Duration::from_secs(900)));
        assert!(valid_at(NOW - Duration::from_secs(60)), "the clock of another function");
        assert!(!valid_at(NOW - Duration::from_secs(61)));
    }

    #[test]
    fn a_token_for_others_of_another_type_or_by_another_key_is_not_ours() {
        let keys = keys(Algorithm::EdDSA);
        let token = issuer().access_token(&session(), &keys, NOW).unwrap().token;
        let other_issuer = Realm { issuer: "https://other.example".into(), ..realm() };
        let other_audience = Realm { audience: "https://other.example".into(), ..realm() };
        assert!(other_issuer.verify(token.reveal(), &keys, NOW).is_err());
        assert!(other_audience.verify(token.reveal(), &keys, NOW).is_err());
        assert!(realm().verify(token.reveal(), &self::keys(Algorithm::EdDSA), NOW).is_err());
        let claims = realm().verify(token.reveal(), &keys, NOW).unwrap();
        let registration = sign(REGISTRATION_TOKEN, &claims, &keys).unwrap();
        assert!(realm().verify(registration.reveal(), &keys, NOW).is_err());
    }

    #[test]
    fn a_registration_token_reads_back_as_nothing_else_even_where_nobody_looks_at_its_type() {
        // As most deployments are: the audience is the issuer.
        let realm = Realm { audience: realm().issuer, ..realm() };
        let issuer = Issuer { realm: realm.clone(), ..issuer() };
        let keys = keys(Algorithm::EdDSA);
        let proof = Proof::Mailbox(crate::account::email::EmailAddress::parse("ada@example.com").unwrap());
        let lifetime = Duration::from_secs(60);
        let token = issuer.registration_token(&proof, "guest", &keys, NOW, lifetime).unwrap().token;
        assert!(realm.verify(token.reveal(), &keys, NOW).is_err());
        let claims = realm.verify_registration(token.reveal(), &keys, NOW).unwrap();
        assert_eq!((&claims.actor_type[..], claims.auth_identity_id), ("guest", proof.identity_id()));
        assert_ne!(claims.aud, realm.audience);
        assert!(realm.verify_registration(token.reveal(), &keys, NOW + lifetime).is_err());
        let access = issuer.access_token(&session(), &keys, NOW).unwrap().token;
        assert!(realm.verify_registration(access.reveal(), &keys, NOW).is_err());
    }

    #[test]
    fn a_challenge_token_reads_back_for_its_challenge_alone_and_as_nothing_else() {
        // As most deployments are: the audience is the issuer.
        let realm = Realm { audience: realm().issuer, ..realm() };
        let issuer = Issuer { realm: realm.clone(), ..issuer() };
        let keys = keys(Algorithm::EdDSA);
        let valid_until = NOW + Duration::from_secs(60);
        let challenge = ChallengeFor { id: "one", actor_type: "user", auth_identity_id: "aid_1", valid_until };
        let token = issuer.challenge_token(challenge, &keys, NOW).unwrap();
        assert!(realm.verify(token.reveal(), &keys, NOW).is_err());
        assert!(realm.verify_registration(token.reveal(), &keys, NOW).is_err());
        let claims = realm.verify_challenge(token.reveal(), &keys, NOW).unwrap();
        assert!(claims.is_of("one") && !claims.is_of("another"));
        assert!(realm.verify_challenge(token.reveal(), &keys, valid_until).is_err());
        let access = issuer.access_token(&session(), &keys, NOW).unwrap().token;
        assert!(realm.verify_challenge(access.reveal(), &keys, NOW).is_err());
    }

    #[test]
    fn an_actors_token_never_outlives_its_session() {
        let keys = keys(Algorithm::EdDSA);
        let session = session();
        assert_eq!(issuer().actor_token(&session, &keys, NOW).unwrap().expires_at, session.ends_at());
        let mut long = session;
        (long.kept.idle_until, long.kept.valid_until) =
            (NOW + Duration::from_secs(9000), NOW + Duration::from_secs(9000));
        assert_eq!(issuer().actor_token(&long, &keys, NOW).unwrap().expires_at, NOW + Duration::from_secs(900));
    }

    #[test]
    fn without_a_current_key_nothing_is_signed() {
        let refused = issuer().access_token(&session(), &KeySet::empty(), NOW).map(|issued| issued.expires_at);
        assert_eq!(refused, Err(CannotSign::NoCurrentKey));
    }
}
