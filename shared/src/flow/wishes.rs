//! Asking a mailbox about an identity that came with its address: whether it joins the account that the mailbox has, or
//! whether the account that it made is the mailbox's.

use std::time::Duration;

use domain::account::email::EmailAddress;
use domain::account::proof::Proof;
use domain::account::{Pointer, User};
use domain::browser::binding::Binding;
use domain::error::{Dependency, Error, Fault, Rejection};
use domain::magic_link::{LinkPurpose, MagicLink, NewMagicLink, Wish};
use domain::page::brand::Site;
use domain::redirect::{OwnAddresses, ReturnTo};
use domain::request::RequestContext;
use domain::request::device::RequestDetails;
use domain::request::limit::{Limit, MailBudget};

use super::counting::{CountOutcome, Counting, Over};
use crate::adapter::audit::{Event, record};
use crate::adapter::log;
use crate::adapter::mail::wish::WishMail;
use crate::adapter::mail::{MailContext, Mailer};
use crate::adapter::store::magic_links::MagicLinks;
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};

/// Mails that ask.
#[derive(Debug)]
pub(super) struct Wishes {
    counting: Counting,
    lifetime: Duration,
    magic_links: MagicLinks,
    mailer: Mailer,
    own: OwnAddresses,
    pause: Option<Limit>,
    per_address: Limit,
    per_source: Limit,
    site: Site,
    users: Users,
}

impl Wishes {
    /// Opens what asking needs; `None` where no mail is sent at all.
    pub fn open(app: &App) -> Result<Option<Self>, StartError> {
        let env = &app.env;
        if env.optional("MAIL_FROM").is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            counting: Counting::open(app)?,
            lifetime: env.positive_seconds("MAGIC_LINK_SECONDS")?,
            magic_links: app.magic_links()?,
            mailer: app.mailer(),
            own: env.own_addresses()?,
            pause: Limit::pause_between_mails(env.seconds("LIMIT_MAIL_INTERVAL_SECONDS")?),
            per_address: Limit::mails_per_address(env.positive_number("LIMIT_MAILS_PER_ADDRESS_PER_HOUR")?),
            per_source: Limit::mails_per_source(env.positive_number("LIMIT_MAILS_PER_SOURCE_PER_HOUR")?),
            site: env.site()?,
            users: app.users()?,
        }))
    }

    /// Asks the mailbox of `holder` whether the identity of `proof` joins the account; the browser then goes on to `target`. Its link opens in this browser
    /// alone: somebody else's word must not become a way in by one press of a button in the owner's mail.
    ///
    /// # Errors
    ///
    /// `RateLimited`, or a failure of the store or SES.
    pub async fn ask_to_join(
        &self,
        holder: &User,
        proof: &Proof,
        target: Option<&ReturnTo>,
        caller: &RequestContext,
    ) -> Result<Binding, Error> {
        let mailbox = holder.mailbox().ok_or(Rejection::AccountExists)?;
        let mut started = self.start(mailbox.clone(), holder, proof, LinkPurpose::Join, caller);
        let binding = Binding::random(started.link.request_id.transaction(), self.lifetime);
        started.link.code_challenge = Some(binding.challenge());
        started.link.target = target.cloned();
        self.send(&started, LinkPurpose::Join, holder, proof, caller).await?;
        Ok(binding)
    }

    /// Asks the mailbox of an address that nobody has proven whether `user`, whose identity came with it, is its account. The person
    /// is in by then: that no mail goes out is for the log, and their next sign-in asks again.
    pub async fn ask_to_prove(&self, user: &User, proof: &Proof, caller: &RequestContext) {
        let Some(address) = &user.email else { return };
        let asked = async {
            // Who has the address already is not asked to give it away.
            if self.users.find(&Pointer::email(&user.actor_type, address)).await?.is_some() {
                return Ok(());
            }
            let started = self.start(address.clone(), user, proof, LinkPurpose::Prove, caller);
            self.send(&started, LinkPurpose::Prove, user, proof, caller).await
        };
        if let Err(Error::Fault(fault)) = asked.await {
            log::failed(&fault, &caller.request_id);
        }
    }

    fn start(
        &self,
        to: EmailAddress,
        user: &User,
        proof: &Proof,
        purpose: LinkPurpose,
        caller: &RequestContext,
    ) -> NewMagicLink {
        let page = self.own.wish_page();
        let mut started = MagicLink::start(to, &page, user.actor_type.clone(), caller.now, self.lifetime);
        let wish = Wish { user_id: user.id.clone(), proof: proof.clone(), purpose };
        started.link.wish = Some(Box::new(wish));
        started
    }

    /// Counts the mail as one that signs in is counted, but in a budget of its own: whoever comes with somebody's address
    /// takes no mail from them. Keeps its link, and sends it.
    async fn send(
        &self,
        started: &NewMagicLink,
        purpose: LinkPurpose,
        user: &User,
        proof: &Proof,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        let (link, now) = (&started.link, caller.now);
        let pause = self.pause.as_ref().map(|limit| limit.for_mailbox(&link.email, MailBudget::Identity, now));
        let per_address = self.per_address.for_mailbox(&link.email, MailBudget::Identity, now);
        let per_source = self.per_source.for_source(&caller.source_ip, None, now);
        let counters: Vec<_> = pause.into_iter().chain([per_address, per_source]).collect();
        let writes = vec![self.magic_links.keeping(&started.token, link)?];
        match self.counting.commit(&counters, writes, caller).await? {
            CountOutcome::Done => {}
            CountOutcome::Over(Over { ends_at, .. }) => return Err(Rejection::RateLimited(ends_at.since(now)).into()),
            CountOutcome::Obstructed => {
                return Err(Fault::new(Dependency::Service, "a fresh link's key is taken").into());
            }
        }
        let letter = MailContext { brand: &self.site.brand, language: user.language.unwrap_or_default() };
        let asked = RequestDetails::of(caller);
        let mail = WishMail { letter, url: &started.url, purpose, proof, lifetime: self.lifetime, asked };
        if let Err(unsent) = self.mailer.send(&link.email, mail.compose()).await {
            return Err(self.counting.give_back(&counters, unsent, caller).await.into());
        }
        record(caller, &Event::LinkMailed { user: &user.id, request: link.request_id.as_str(), purpose });
        Ok(())
    }
}
