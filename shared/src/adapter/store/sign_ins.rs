//! The table SignIns: people who are at a provider, under the hash of their state.

use domain::browser::binding::Shown;
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::provider::external;
use domain::provider::state::State;
use domain::request::reach::Reach;
use domain::secret::Hash;
use domain::session_id::SessionId;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};
use domain::sign_in::life::{ConfirmedLogin, Finisher, SealedAnswer, Stage};
use domain::sign_in::{SignIn, TOMBSTONE};

use super::{Consumed, ItemUpdate, Table, Updated, Write, attempt, defect, item, number, read, text, within};

/// The table.
#[derive(Clone, Debug)]
pub struct SignIns(Table);

impl SignIns {
    /// Opens them in `table`.
    pub fn new(table: Table) -> Self {
        Self(table)
    }

    /// Keeps `sign_in` under `state`, under which nothing else is, together with other writes.
    pub fn keeping(&self, state: &State, sign_in: &SignIn) -> Result<Write, Fault> {
        let item = item(&state.key(), sign_in, Some(sign_in.valid_until + TOMBSTONE))?;
        self.0.putting(item, "attribute_not_exists(id)", Vec::new())
    }

    /// The sign-in kept under `state`, whatever became of it; nothing changes.
    pub async fn find(&self, state: &State) -> Result<Option<SignIn>, Fault> {
        self.0.get(&state.key()).await
    }

    /// Moves the sign-in kept under `state` from waiting to authenticated, if it waits for the external login `issuer`, is
    /// within `reach`, in time and unused; otherwise nothing changes. A login system whose answer was lost says the same
    /// again, and by the code that comes of it this is taken for what it is.
    pub async fn confirm(
        &self,
        state: &State,
        confirmed: &ConfirmedLogin,
        issuer: &str,
        reach: &Reach,
        now: Timestamp,
    ) -> Result<Consumed<SignIn>, Fault> {
        let attempt = attempt();
        let stored = serde_dynamo::to_attribute_value(confirmed);
        let mut values = vec![
            (":confirmed", stored.map_err(defect)?),
            (":attempt", attempt.clone()),
            (":authenticated", text(Stage::Authenticated.as_str())),
            (":waiting", text(Stage::Waiting.as_str())),
            (":issuer", text(issuer)),
            (":now", number(now.seconds())),
        ];
        let stage = match &confirmed.continue_code {
            Some(code) => {
                values.push((":code", text(code)));
                "(stage = :waiting OR confirmed.continue_code = :code)"
            }
            None => "stage = :waiting",
        };
        let (within, reached) = within(reach);
        values.extend(reached.iter().map(|(place, name)| (place.as_str(), name.clone())));
        let change = ItemUpdate {
            key: &state.key(),
            update: "SET stage = :authenticated, confirmed = :confirmed, confirmed_by = :attempt",
            condition: &format!(
                "{stage} AND issuer = :issuer AND attribute_not_exists(used_at) AND valid_until > :now{within}"
            ),
            values,
        };
        match self.0.update(change).await? {
            Updated::Done(item) => read(item).map(Consumed::Once),
            Updated::Refused(Some(item)) if item.get("confirmed_by") == Some(&attempt) => {
                read(item).map(Consumed::Once)
            }
            Updated::Refused(item) => item.map(read).transpose().map(Consumed::Refused),
        }
    }

    /// Uses up the sign-in kept under `state`, if `returned` came over its channel and from its provider, in time, the
    /// first time, and shows its binding; from an external login with its code as well. Otherwise nothing changes.
    pub async fn consume(
        &self,
        state: &State,
        returned: &CallbackRequest,
        now: Timestamp,
    ) -> Result<Consumed<SignIn>, Fault> {
        self.consume_under(state, returned, None, now).await
    }

    /// The same for a sign-in that `session` started for one more identity.
    pub async fn consume_link(
        &self,
        state: &State,
        returned: &CallbackRequest,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Consumed<SignIn>, Fault> {
        self.consume_under(state, returned, Some(session.to_string()), now).await
    }

    async fn consume_under(
        &self,
        state: &State,
        returned: &CallbackRequest,
        session: Option<String>,
        now: Timestamp,
    ) -> Result<Consumed<SignIn>, Fault> {
        let shown = Shown::Client(returned.code_challenge.clone());
        let external = returned.provider.as_deref() == Some(external::NAME);
        let code = match &returned.answer {
            ProviderAnswer::Code(code) if external => Some(Hash::of(code)),
            _ => None,
        };
        let proof = match &code {
            Some(code) => ("confirmed.continue_code", code.as_str()),
            None => ("confirmed.finisher", Finisher::Anybody.as_str()),
        };
        let also = [
            Some(("channel", returned.channel.as_str())),
            returned.provider.as_deref().map(|provider| ("provider", provider)),
            returned.actor_type.as_deref().map(|actor_type| ("actor_type", actor_type)),
            external.then_some(("stage", Stage::Authenticated.as_str())),
            external.then_some(proof),
            session.as_deref().map(|session| ("link_to.session_id", session)),
        ];
        let also: Vec<_> = also.into_iter().flatten().collect();
        self.0.consume(&state.key(), &shown, now, &also).await
    }

    /// Marks a sign-in that was taken up as done, so that whoever comes later is told that it is over, or what was
    /// answered.
    pub async fn settle(&self, state: &State, answered: Option<&SealedAnswer>, now: Timestamp) -> Result<(), Fault> {
        let answered = serde_dynamo::to_attribute_value(answered);
        let change = ItemUpdate {
            key: &state.key(),
            update: "SET settled_at = :now, answered = :answered",
            condition: "attribute_exists(used_at)",
            values: vec![(":now", number(now.seconds())), (":answered", answered.map_err(defect)?)],
        };
        self.0.update(change).await.map(drop)
    }
}
