//! The second factor's pages.

use std::time::Duration;

use askama::Template;
use http::StatusCode;
use url::form_urlencoded::byte_serialize;

use domain::account::factor;
use domain::page::SecurityOverview;
use domain::passkey::{Passkey, PasskeyId};
use domain::second_factor::recovery::GivenCodes;
use domain::secret::Secret;

use super::page::{Page, View};
use super::sign_in::minutes;

/// What a person shows besides their way in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FactorChoice {
    /// A passkey.
    Passkey,
    /// A code of the authenticator app.
    App,
    /// A recovery code.
    RecoveryCode,
}

/// Why a code was not taken.
#[derive(Clone, Copy, Debug)]
pub enum CodeFault {
    /// It is wrong.
    Wrong,
    /// So many were wrong that those of the app are not taken any more.
    Closed,
    /// Too many were wrong; codes are taken again after this time.
    Locked(Duration),
    /// It was a passkey that did not verify.
    Passkey,
}

/// Asks for the second factor before the person is let in.
#[derive(Debug, Template)]
#[template(path = "pages/challenge.html")]
pub struct SecondFactorPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The partial session.
    pub session: &'a str,
    /// What is asked for.
    pub factor: FactorChoice,
    /// What the person has instead.
    pub others: Vec<FactorChoice>,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

/// Shows the key of an authenticator app, and asks for its first code.
#[derive(Debug, Template)]
#[template(path = "pages/enrol.html")]
pub struct EnrolPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The picture to scan: an `svg` element of our own making, which is written as it is.
    pub qr_svg: &'a str,
    /// The same as an address that an app opens.
    pub uri: &'a Secret,
    /// The key to type instead, in base32.
    pub key: &'a Secret,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

/// Shows recovery codes, once.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodesPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The codes, and whose they are.
    pub given: &'a GivenCodes,
}

/// Shows what is set up, and changes it.
#[derive(Debug, Template)]
#[template(path = "pages/manage.html")]
pub struct SecurityPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// What is set up.
    pub protection: &'a SecurityOverview,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

impl FactorChoice {
    /// The one that the contracts call `method`.
    pub fn of(method: &str) -> Option<Self> {
        [Self::Passkey, Self::App, Self::RecoveryCode].into_iter().find(|factor| factor.method() == method)
    }

    /// What the contracts call it.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Passkey => factor::PASSKEY,
            Self::App => factor::TOTP,
            Self::RecoveryCode => factor::RECOVERY_CODE,
        }
    }
}

impl CodeFault {
    fn text(self, view: &View<'_>, factor: FactorChoice) -> String {
        let texts = &view.language.texts().second_factor;
        match (self, factor) {
            (Self::Passkey, _) | (Self::Wrong, FactorChoice::Passkey) => texts.passkey.failed.to_owned(),
            (Self::Wrong, FactorChoice::App) => texts.wrong.to_owned(),
            (Self::Wrong, FactorChoice::RecoveryCode) => texts.recovery_wrong.to_owned(),
            (Self::Closed, _) => texts.closed.to_owned(),
            (Self::Locked(wait), _) if wait > HOUR => texts.locked_hours.fill(hours(wait), view.language),
            (Self::Locked(wait), _) => texts.locked.fill(minutes(wait), view.language),
        }
    }

    fn status(fault: Option<Self>) -> StatusCode {
        match fault {
            None => StatusCode::OK,
            Some(Self::Wrong | Self::Passkey) => StatusCode::BAD_REQUEST,
            Some(Self::Closed | Self::Locked(_)) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// Whole hours.
fn hours(span: Duration) -> u64 {
    span.as_secs().div_ceil(60 * 60)
}

/// From here on, people are told of hours.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Where a person is asked for their second factor.
const PLACE: &str = "/login/second-factor";

impl<'a> SecondFactorPage<'a> {
    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, self.factor))
    }

    fn heading(&self) -> &'static str {
        let texts = &self.texts().second_factor;
        match self.factor {
            FactorChoice::Passkey | FactorChoice::App => texts.title,
            FactorChoice::RecoveryCode => texts.recovery_title,
        }
    }

    fn prompt(&self) -> String {
        let texts = &self.texts().second_factor;
        match self.factor {
            FactorChoice::Passkey => texts.passkey.prompt.fill([&self.view.site.brand.name]),
            FactorChoice::App => texts.prompt.fill([&self.view.site.brand.name]),
            FactorChoice::RecoveryCode => texts.recovery_prompt.to_owned(),
        }
    }

    /// What the person may show instead: where, and the words of the link.
    fn other_ways(&self) -> Vec<(String, &'static str)> {
        let texts = &self.texts().second_factor;
        let words = |factor| match factor {
            FactorChoice::Passkey => texts.passkey.show,
            FactorChoice::App => texts.use_app,
            FactorChoice::RecoveryCode => texts.use_recovery,
        };
        self.others.iter().map(|other| (self.address_of(*other), words(*other))).collect()
    }

    fn address_of(&self, factor: FactorChoice) -> String {
        self.view.address(PLACE, &self.parameters_of(factor))
    }

    fn parameters_of(&self, factor: FactorChoice) -> [(&'static str, &'a str); 2] {
        [("session_id", self.session), ("method", factor.method())]
    }
}

impl Page for SecondFactorPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some((PLACE, self.parameters_of(self.factor).to_vec()))
    }

    fn is_scripted(&self) -> bool {
        self.factor == FactorChoice::Passkey
    }
}

impl EnrolPage<'_> {
    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, FactorChoice::App))
    }

    /// The key in groups of four, as people read it.
    fn spelled_key(&self) -> String {
        let key: Vec<_> = self.key.reveal().chars().collect();
        let groups: Vec<String> = key.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

impl Page for EnrolPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        CodeFault::status(self.fault)
    }
}

impl RecoveryCodesPage<'_> {
    /// What the codes are for, wherever they are kept.
    fn purpose(&self) -> String {
        self.texts().second_factor.kept.file.fill([&self.view.site.brand.name, &self.given.account])
    }

    /// A file of the codes, one a line, under what they are for, that a browser saves without asking anybody for it.
    fn file(&self) -> String {
        let lines: Vec<_> = self.given.codes.iter().map(Secret::reveal).collect();
        let text = format!("{}\n\n{}\n", self.purpose(), lines.join("\n"));
        let encoded: String = byte_serialize(text.as_bytes()).collect();
        // A form writes a space as a plus, which stands for itself here.
        format!("data:text/plain;charset=utf-8,{}", encoded.replace('+', "%20"))
    }
}

impl Page for RecoveryCodesPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn is_scripted(&self) -> bool {
        true
    }
}

impl SecurityPage<'_> {
    fn passkeys(&self) -> Vec<(PasskeyId, &Passkey)> {
        self.protection.passkeys.oldest_first()
    }

    fn history_of(&self, passkey: &Passkey) -> String {
        let texts = &self.texts().second_factor.manage;
        let common = &self.texts().common;
        let added = texts.added.fill([&common.date(passkey.created_at)]);
        match passkey.last_used_at {
            Some(used) => format!("{added} · {}", texts.used.fill([&common.date(used)])),
            None => added,
        }
    }

    fn removal_of(&self, passkey: &Passkey) -> String {
        self.texts().second_factor.manage.remove.fill([passkey.title.as_str()])
    }

    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, FactorChoice::App))
    }

    fn codes_left_text(&self) -> Option<String> {
        self.protection
            .codes_left
            .map(|left| self.texts().second_factor.manage.codes_left.fill(left, self.view.language))
    }
}

impl Page for SecurityPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        CodeFault::status(self.fault)
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login/security", Vec::new()))
    }

    fn is_scripted(&self) -> bool {
        true
    }
}
