//! Telling a person what happened to their account, in the language that the account has, and letting them undo it.

use futures_core::future::BoxFuture;

use domain::account::email::EmailAddress;
use domain::account::undo::{LinkChange, Undo};
use domain::account::{Identity, User};
use domain::clock::Timestamp;
use domain::error::Fault;
use domain::language::Language;
use domain::page::brand::Site;
use domain::redirect::OwnAddresses;
use domain::request::RequestContext;
use domain::request::device::RequestDetails;
use domain::secret::SingleUseToken;

use crate::adapter::log;
use crate::adapter::mail::notice::{Notice, NoticeKind};
use crate::adapter::mail::{MailContext, Mailer};
use crate::adapter::store::Write;
use crate::adapter::store::undos::Undos;
use crate::app::{App, StartError};

/// Mails to people about their accounts.
#[derive(Debug)]
pub(super) struct Notices {
    /// `None` where no mail is sent at all.
    mailer: Option<Mailer>,
    own: OwnAddresses,
    pub(super) site: Site,
    undos: Undos,
}

/// A mail that waits for what it tells to be written.
#[derive(Debug)]
pub(super) struct Announcement {
    to: EmailAddress,
    language: Language,
    token: SingleUseToken,
    undo: Undo,
}

impl Notices {
    /// Opens what telling needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            mailer: app.env.optional("MAIL_FROM").map(|_| app.mailer()),
            own: app.env.own_addresses()?,
            site: app.env.site()?,
            undos: app.undos()?,
        })
    }

    /// Prepares to tell the owner of `user` of a change of their identities: what is to be written with the change, so that
    /// it can be undone, and what to [send](Self::send) once it is. `None` where no mail would reach them.
    pub fn announce(
        &self,
        user: &User,
        change: LinkChange,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Option<(Announcement, Write)>, Fault> {
        let Some(to) = user.mailbox().filter(|_| self.mailer.is_some()).cloned() else { return Ok(None) };
        let (token, undo) = (SingleUseToken::random(), Undo::of(user, change, identity, now));
        let write = self.undos.keeping(&token, &undo)?;
        let language = user.language.unwrap_or_default();
        Ok(Some((Announcement { to, language, token, undo }, write)))
    }

    /// Sends what was announced.
    pub fn send<'f>(&'f self, announcement: Announcement, caller: &'f RequestContext) -> BoxFuture<'f, ()> {
        Box::pin(async move {
            let Announcement { to, language, token, undo } = announcement;
            let url = self.own.undo_page().with_query([("token", token.reveal()), ("lang", language.tag())]);
            let news = NoticeKind::Identity { change: undo.change, identity: &undo.identity() };
            self.mail(&to, language, news, &url, caller).await;
        })
    }

    /// Tells the owner of `user`, if that has a proven address. It is about what has happened already: that no mail goes
    /// out is for the log, and undoes nothing.
    pub fn tell<'f>(&'f self, user: &'f User, news: NoticeKind<'f>, caller: &'f RequestContext) -> BoxFuture<'f, ()> {
        Box::pin(async move {
            if let Some(address) = user.mailbox() {
                let language = user.language.unwrap_or_default();
                let url = format!("{}/login/security?lang={}", self.site.public_url, language.tag());
                self.mail(address, language, news, &url, caller).await;
            }
        })
    }

    async fn mail(
        &self,
        to: &EmailAddress,
        language: Language,
        news: NoticeKind<'_>,
        url: &str,
        caller: &RequestContext,
    ) {
        let Some(mailer) = &self.mailer else { return };
        let letter = MailContext { brand: &self.site.brand, language };
        let notice = Notice { letter, news, happened: RequestDetails::of(caller), url };
        if let Err(unsent) = mailer.send(to, notice.compose()).await {
            log::failed(&unsent.fault, &caller.request_id);
        }
    }
}
