//! Letting a person in: every way in ends here, and nowhere else is a session begun.

use std::time::Duration;

use super::tokens::{Keys, TokenIssuer};
use crate::app::{App, StartError};
use crate::assurance::{Partial, Passage, pass};
use crate::audit::{Event, record};
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::config::ActorTypes;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{LinkPolicy, LinkReason, Pointer, Proof, SignUpPolicy, Standing, User, judge};
use crate::outcome::{Outcome, Registration, SignedIn, Tokens};
use crate::return_to::ReturnTo;
use crate::session::{Lifetime, Method, Session, SessionToken};
use crate::store::partials::Partials;
use crate::store::sessions::Sessions;
use crate::store::users::Users;
use crate::store::{Committed, Transactions};

/// Accounts, sessions and their tokens.
#[derive(Debug)]
pub struct Admission {
    actor_types: ActorTypes,
    lifetime: Lifetime,
    linking: LinkPolicy,
    partial_lifetime: Duration,
    partials: Partials,
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
            partial_lifetime: app.env.some_seconds("PARTIAL_SESSION_SECONDS")?,
            partials: Partials::new(dynamodb.clone(), app.env.text("SESSIONS_TABLE")?),
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
        self.admit(proof, actor_type, None, keys, caller, hand_out).await
    }

    /// Lets in the browser of the person who has just proven `proof`: a session token opens the session. Where a second
    /// factor is due, the browser goes to `target` after it.
    ///
    /// # Errors
    ///
    /// `SignUpClosed`, `AccountExists`, or a failure of the secrets or the store.
    pub async fn admit_browser(
        &self,
        proof: Proof,
        actor_type: &str,
        target: Option<&ReturnTo>,
        keys: &Keys,
        caller: &Caller,
    ) -> Result<Outcome<SessionToken>, Failure> {
        self.admit(proof, actor_type, target, keys, caller, |session| Ok(session.issue_token())).await
    }

    /// Finds the person's account, or makes one, and begins a session, with what `hand_out` gives out for it; a partial
    /// session where the account has a second factor.
    ///
    /// A known person costs one read and one write. A new account, or a new identity, is written together with its
    /// session; whoever loses the race for it starts over and finds what the winner wrote.
    async fn admit<C>(
        &self,
        proof: Proof,
        actor_type: &str,
        target: Option<&ReturnTo>,
        keys: &Keys,
        caller: &Caller,
        hand_out: impl Fn(&mut Session) -> Result<C, Broken>,
    ) -> Result<Outcome<C>, Failure> {
        for attempt in 1..=MOST_ATTEMPTS {
            match self.standing(&proof, actor_type, caller.now).await? {
                Standing::Known(user) => {
                    let entry = self.entry(&user, &proof, target, caller, &hand_out)?;
                    match &entry {
                        Entry::Full(session, _) => self.sessions.create(session).await?,
                        Entry::Partial(partial) => self.partials.create(partial).await?,
                    }
                    return Ok(entered(user, entry, caller));
                }
                Standing::Linked { before, after } => {
                    let joined = Event::IdentityLinked { user: &after.id, reason: LinkReason::VerifiedEmail };
                    let entry = self.entry(&after, &proof, target, caller, &hand_out)?;
                    if let Some(entry) = self.enter(Some(&before), &after, entry, &joined, caller).await? {
                        return Ok(entered(*after, entry, caller));
                    }
                }
                Standing::New(user) => {
                    let made = Event::UserCreated { user: &user.id };
                    let entry = self.entry(&user, &proof, target, caller, &hand_out)?;
                    if let Some(entry) = self.enter(None, &user, entry, &made, caller).await? {
                        return Ok(entered(user, entry, caller));
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

    /// Writes `after` together with how far its person gets; `None` when somebody else wrote first.
    async fn enter<C>(
        &self,
        before: Option<&User>,
        after: &User,
        entry: Entry<C>,
        event: &Event<'_>,
        caller: &Caller,
    ) -> Result<Option<Entry<C>>, Failure> {
        let mut writes = self.users.saving(before, after)?;
        writes.push(match &entry {
            Entry::Full(session, _) => self.sessions.creating(session)?,
            Entry::Partial(partial) => self.partials.creating(partial)?,
        });
        match self.transactions.commit(writes).await? {
            Committed::Done => {
                record(&caller.request_id, event);
                Ok(Some(entry))
            }
            Committed::Refused(_) | Committed::Contended => Ok(None),
        }
    }

    /// How far `user` gets with `proof`, and what is begun for them there.
    fn entry<C>(
        &self,
        user: &User,
        proof: &Proof,
        target: Option<&ReturnTo>,
        caller: &Caller,
        hand_out: &impl Fn(&mut Session) -> Result<C, Broken>,
    ) -> Result<Entry<C>, Broken> {
        let client = caller.client.clone();
        Ok(match pass(user, Method::of(proof), caller.now) {
            Passage::Open(assured) => {
                let mut session = Session::begin(assured, client, self.lifetime);
                let credentials = hand_out(&mut session)?;
                Entry::Full(session, credentials)
            }
            Passage::SecondFactorDue(first) => {
                Entry::Partial(Partial::begin(first, target.cloned(), client, caller.now, self.partial_lifetime))
            }
        })
    }
}

/// How far a person gets.
enum Entry<C> {
    /// All the way.
    Full(Session, C),
    /// To the question for the second factor.
    Partial(Partial),
}

fn entered<C>(user: User, entry: Entry<C>, caller: &Caller) -> Outcome<C> {
    match entry {
        Entry::Full(session, credentials) => {
            let event = Event::SignInSucceeded { amr: session.amr(), user: &user.id, session: session.id };
            record(&caller.request_id, &event);
            Outcome::Session(Box::new(SignedIn { user, session, credentials }))
        }
        Entry::Partial(partial) => {
            record(&caller.request_id, &Event::SecondFactorRequired { user: &user.id });
            Outcome::SecondFactorRequired(partial)
        }
    }
}

/// Whoever loses a race finds the winner's account at the second attempt; more are needed only under contention that
/// DynamoDB itself reports.
const MOST_ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
