//! The second factor: whoever has one is asked for it, whatever the way in (I5).

mod challenge;
mod enrolment;
mod lock;
pub mod pages;
mod partial;
mod step_up;
mod unknown;
mod ways_in;

use crate::harness::{Authenticator, Person, SessionTokens, Visitor, second_factor_due};
use crate::lies::LIES;

/// Somebody with a second factor.
pub struct EnrolledPerson<'a> {
    pub visitor: Visitor<'a>,
    pub person: Person,
    /// The session in which the factor was set up.
    pub session: SessionTokens,
    pub app: Authenticator,
}

impl<'a> EnrolledPerson<'a> {
    pub async fn at(visitor: Visitor<'a>) -> Self {
        let person = Person::new();
        let session = visitor.signs_in(&person).await;
        let app = visitor.enrols(&session).await;
        Self { visitor, person, session, app }
    }

    /// Signs in as far as the question for the second factor. Gives the partial session.
    pub async fn comes_halfway(&self) -> String {
        let started = self.visitor.starts("honest").await;
        let code = LIES.code(&started, &self.person, |_| {});
        let data = self.visitor.callback(&started, &code).await.gives(second_factor_due());
        data["sessionId"].as_str().unwrap().to_owned()
    }

    /// The subjects of the mails to this person, who has signed in without any, the newest first.
    pub async fn notices(&self) -> Vec<String> {
        let mails = self.visitor.stack.mails_to(&self.person.email).await;
        mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
    }
}
