//! A person's return under contract `actor`, whose answer can be asked for again.

use domain::error::{Dependency, Error, Fault, Rejection};
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::access_token::ChallengeFor;
use domain::session::assurance::Method;
use domain::sign_in::SignIn;
use domain::sign_in::callback::CallbackRequest;
use domain::sign_in::life::{RequestKey, SealedAnswer};
use domain::sign_in::outcome::{ActorAnswer, ActorChallenge, Delivery, Outcome};

use super::super::establish_session::Authentication;
use super::{Callback, ConsumedSignIn, StateUse};
use crate::adapter::audit::{Event, record};
use crate::adapter::log;

impl Callback {
    /// Finishes a sign-in for a client of the contract `actor`. A request with a key, repeated, gets the answer again that
    /// used up its state, and nothing else happens: the code and the state that it must show are a secret of whoever was
    /// answered first.
    ///
    /// # Errors
    ///
    /// As [`finish_or_link`](Self::finish_or_link), `InvalidActorType`, and `StateInFlight` while somebody else is at it.
    pub async fn finish_actor(&self, request: CallbackRequest, caller: &RequestContext) -> Result<ActorAnswer, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::Federated.amr()));
        self.actor_types.find(request.actor_type.as_deref()).ok_or(Rejection::InvalidActorType)?;
        match self.consume(&request, caller).await? {
            StateUse::Consumed(taken) => self.answer(&taken, request, caller).await,
            StateUse::Refused(kept) => match self.repeated(kept.as_deref(), &request, caller).await? {
                Some(answer) => Ok(answer),
                None => Err(SignIn::refusal(kept.as_deref(), &request, caller.now).into()),
            },
        }
    }

    async fn answer(
        &self,
        taken: &ConsumedSignIn,
        request: CallbackRequest,
        caller: &RequestContext,
    ) -> Result<ActorAnswer, Error> {
        let (state, repeatable) = (request.state.clone(), request.repeatable.clone());
        let result = async {
            let authentication = self.authentication(taken, request, caller).await?;
            let auth_identity_id = authentication.proof.identity_id();
            let delivery = Delivery::actor_token(&authentication.proof);
            let authentication = Authentication { delivery, ..authentication };
            let (token, challenge) = match self.establish.admit(&authentication, &taken.keys, caller).await? {
                Outcome::Session(signed_in) => (signed_in.for_actor()?.1.token, None),
                Outcome::RegistrationRequired(registration) => (registration.token.token, None),
                // A client of the API has no page to show.
                Outcome::MailboxAsked(_) => return Err(Rejection::AccountExists.into()),
                Outcome::SecondFactorRequired(partial) => {
                    let challenge = ActorChallenge::of(&partial);
                    let token = ChallengeFor {
                        id: &challenge.id,
                        actor_type: partial.actor_type(),
                        auth_identity_id: &auth_identity_id,
                        valid_until: partial.valid_until,
                    };
                    let token = self.establish.tokens.issuer.challenge_token(token, &taken.keys.signing, caller.now);
                    (token.map_err(|problem| Fault::new(Dependency::Secrets, problem))?, Some(challenge))
                }
            };
            Ok(ActorAnswer { token, challenge })
        }
        .await;
        // Whoever was told that the state is in flight may come back: from now on it is over, and answered. Where that
        // cannot be kept, it is over by itself in a moment, which is no reason to fail a sign-in that went well.
        let answered = result.as_ref().ok().zip(repeatable).and_then(|(answer, key)| sealed(answer, key, taken));
        if let Some(state) = &state
            && let Err(fault) = self.sign_ins.settle(state, answered.as_ref(), caller.now).await
        {
            log::failed(&fault, &caller.request_id);
        }
        result
    }

    /// The answer that this very request was given before.
    async fn repeated(
        &self,
        kept: Option<&SignIn>,
        request: &CallbackRequest,
        caller: &RequestContext,
    ) -> Result<Option<ActorAnswer>, Fault> {
        let sealed = kept.and_then(|kept| kept.answer_to(request, caller.now));
        let Some((sealed, state)) = sealed.zip(request.state.as_ref()) else { return Ok(None) };
        let keys = self.establish.tokens.keys(caller.now).await?;
        let opened = keys.token.open(sealed, &SignIn::answer_context(&state.key()));
        let answer = opened.and_then(|answer| serde_json::from_str(answer.reveal()).ok());
        record(caller, &Event::SignInRepeated { method: Method::Federated.amr() });
        answer.map(Some).ok_or_else(|| Fault::new(Dependency::Secrets, "a sealed answer cannot be opened"))
    }
}

fn sealed(answer: &ActorAnswer, request: RequestKey, taken: &ConsumedSignIn) -> Option<SealedAnswer> {
    let answer = Secret::new(serde_json::to_string(answer).ok()?);
    let answer = taken.keys.token.seal(&answer, &SignIn::answer_context(&taken.state_key))?;
    Some(SealedAnswer { request, answer })
}
