//! Letting a person in: every way in ends here, and nowhere else is a session begun.

use std::time::Duration;

use super::tokens::{Keys, TokenIssuer};
use crate::app::{App, StartError};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::config::ActorTypes;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{LinkPolicy, LinkReason, Pointer, Proof, SignUpPolicy, Standing, User, judge};
use crate::outcome::{Outcome, Registration, SignedIn, Tokens};
use crate::session::{Lifetime, Method, Session, SessionToken};
use crate::store::sessions::Sessions;
use crate::store::users::Users;
use crate::store::{Committed, Transactions};

/// Accounts, sessions and their tokens.
#[derive(Debug)]
pub struct Admission {
    actor_types: ActorTypes,
    lifetime: Lifetime,
    linking: LinkPolicy,
    registration_lifetime: Duration,
    sessions: Sessions,
    /// What the session's tokens come from.
    pub tokens: TokenIssuer,
    transactions: Transactions,
    users: Users,
}

impl Admission {
    /// Opens what admission needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App, linking: LinkPolicy) -> Result<Self, StartError> {
        let dynamodb = app.aws.dynamodb();
        Ok(Self {
            actor_types: app.env.actor_types()?,
            lifetime: Lifetime {
                idle: app.env.some_seconds("SESSION_IDLE_SECONDS")?,
                absolute: app.env.some_seconds("SESSION_ABSOLUTE_SECONDS")?,
            },
            linking,
            registration_lifetime: app.env.some_seconds("REGISTRATION_TOKEN_SECONDS")?,
            sessions: Sessions::new(dynamodb.clone(), app.env.text("SESSIONS_TABLE")?),
            tokens: TokenIssuer::open(app)?,
            transactions: Transactions::new(dynamodb.clone()),
            users: Users::new(dynamodb, app.env.text("USERS_TABLE")?),
        })
    }

    /// Lets in a client of the API for the person who has just proven `proof`: the session's tokens open it.
    ///
    /// # Errors
    ///
    /// As [`admit_browser`](Self::admit_browser).
    pub async fn admit_client(
        &self,
        proof: Proof,
        actor_type: &str,
        keys: &Keys,
        caller: &Caller,
    ) -> Result<Outcome<Tokens>, Failure> {
        let hand_out = |session: &mut Session| self.tokens.tokens(session, keys, caller.now);
        self.admit(proof, actor_type, keys, caller, hand_out).await
    }

    /// Lets in the browser of the person who has just proven `proof`: a session token opens the session.
    ///
    /// # Errors
    ///
    /// `SignUpClosed`, `AccountExists`, or a failure of the secrets or the store.
    pub async fn admit_browser(
        &self,
        proof: Proof,
        actor_type: &str,
        keys: &Keys,
        caller: &Caller,
    ) -> Result<Outcome<SessionToken>, Failure> {
        self.admit(proof, actor_type, keys, caller, |session| Ok(session.issue_token())).await
    }

    /// Finds the person's account, or makes one, and begins a session, with what `hand_out` gives out for it.
    ///
    /// A known person costs one read and one write. A new account, or a new identity, is written together with its
    /// session; whoever loses the race for it starts over and finds what the winner wrote.
    async fn admit<C>(
        &self,
        proof: Proof,
        actor_type: &str,
        keys: &Keys,
        caller: &Caller,
        hand_out: impl Fn(&mut Session) -> Result<C, Broken>,
    ) -> Result<Outcome<C>, Failure> {
        for attempt in 1..=MOST_ATTEMPTS {
            match self.standing(&proof, actor_type, caller.now).await? {
                Standing::Known(user) => {
                    let mut session = self.begin(&user, &proof, caller);
                    let credentials = hand_out(&mut session)?;
                    self.sessions.create(&session).await?;
                    return Ok(signed_in(SignedIn { user, session, credentials }, caller));
                }
                Standing::Linked { before, after } => {
                    let joined = Event::IdentityLinked { user: &after.id, reason: LinkReason::VerifiedEmail };
                    if let Some(signed_in) =
                        self.enter(Some(&before), *after.clone(), &proof, &joined, caller, &hand_out).await?
                    {
                        return Ok(signed_in);
                    }
                }
                Standing::New(user) => {
                    let made = Event::UserCreated { user: &user.id };
                    if let Some(signed_in) = self.enter(None, user.clone(), &proof, &made, caller, &hand_out).await? {
                        return Ok(signed_in);
                    }
                }
                Standing::RegistrationRequired => {
                    let lifetime = self.registration_lifetime;
                    let token =
                        self.tokens.issuer.registration_token(&proof, actor_type, &keys.signing, caller.now, lifetime);
                    let token = token.map_err(|problem| Broken::new(Dependency::Secrets, problem))?;
                    return Ok(Outcome::RegistrationRequired(Registration { token, proof }));
                }
                Standing::SignUpClosed => return Err(Denied::SignUpClosed.into()),
                Standing::Collision => return Err(Denied::AccountExists.into()),
            }
            tokio::time::sleep(PAUSE * attempt).await;
        }
        Err(Broken::new(Dependency::Store, "an account was contended for too often").into())
    }

    async fn standing(&self, proof: &Proof, actor_type: &str, now: Timestamp) -> Result<Standing, Failure> {
        if let Proof::Subject { issuer, profile, .. } = proof {
            let pointer = Pointer::identity(actor_type, issuer, &profile.subject);
            if let Some(user) = self.users.find(&pointer).await? {
                return Ok(Standing::Known(user));
            }
        }
        let holder = match proof.proven_email() {
            Some(address) => self.users.find(&Pointer::email(actor_type, address)).await?,
            None => None,
        };
        // The actor type was checked at the start; a setting that changed since then closes the door.
        let sign_up = self.actor_types.find(Some(actor_type)).map_or(SignUpPolicy::Closed, |(_, policy)| policy);
        Ok(judge(proof, holder, actor_type, sign_up, self.linking, now))
    }

    /// Writes `after` and its new session together; `None` when somebody else wrote first.
    async fn enter<C>(
        &self,
        before: Option<&User>,
        after: User,
        proof: &Proof,
        event: &Event<'_>,
        caller: &Caller,
        hand_out: &impl Fn(&mut Session) -> Result<C, Broken>,
    ) -> Result<Option<Outcome<C>>, Failure> {
        let mut session = self.begin(&after, proof, caller);
        let credentials = hand_out(&mut session)?;
        let mut writes = self.users.saving(before, &after)?;
        writes.push(self.sessions.creating(&session)?);
        match self.transactions.commit(writes).await? {
            Committed::Done => {
                record(&caller.request_id, event);
                Ok(Some(signed_in(SignedIn { user: after, session, credentials }, caller)))
            }
            Committed::Refused(_) | Committed::Contended => Ok(None),
        }
    }

    fn begin(&self, user: &User, proof: &Proof, caller: &Caller) -> Session {
        Session::begin(user, Method::of(proof), caller.client.clone(), caller.now, self.lifetime)
    }
}

fn signed_in<C>(signed_in: SignedIn<C>, caller: &Caller) -> Outcome<C> {
    let SignedIn { user, session, .. } = &signed_in;
    let event = Event::SignInSucceeded { amr: &session.amr, user: &user.id, session: session.id };
    record(&caller.request_id, &event);
    Outcome::Session(Box::new(signed_in))
}

/// Whoever loses a race finds the winner's account at the second attempt; more are needed only under contention that
/// DynamoDB itself reports.
const MOST_ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
