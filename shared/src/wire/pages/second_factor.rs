//! The second factor's pages.

use std::time::Duration;

use askama::Template;
use http::StatusCode;

use super::sign_in::minutes;
use super::{Page, View};
use crate::secret::Secret;

/// Which factor a code is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Factor {
    /// The authenticator app.
    App,
    /// A recovery code.
    RecoveryCode,
}

/// Why a code was not taken.
#[derive(Clone, Copy, Debug)]
pub enum CodeFault {
    /// It is wrong.
    Wrong,
    /// Too many were wrong; codes are taken again after this time.
    Locked(Duration),
}

/// Asks for a code before the person is let in.
#[derive(Debug, Template)]
#[template(path = "pages/challenge.html")]
pub struct Challenge<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The partial session.
    pub session: &'a str,
    /// Which code is asked for.
    pub factor: Factor,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

/// Shows the key of an authenticator app, and asks for its first code.
#[derive(Debug, Template)]
#[template(path = "pages/enrol.html")]
pub struct Enrol<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The picture to scan: an `svg` element of our own making, which is written as it is.
    pub qr_svg: &'a str,
    /// The key to type instead, in base32.
    pub key: &'a Secret,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

/// Shows recovery codes, once.
#[derive(Debug, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodes<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The codes.
    pub codes: &'a [Secret],
}

/// Shows what is set up, and changes it.
#[derive(Debug, Template)]
#[template(path = "pages/manage.html")]
pub struct Manage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// How many recovery codes are left, when the authenticator app is set up.
    pub codes_left: Option<u64>,
    /// What was wrong with the code before.
    pub fault: Option<CodeFault>,
}

/// What the address of the page for recovery codes says.
const RECOVERY_CODE: &str = "recovery_code";

impl CodeFault {
    fn text(self, view: &View<'_>, factor: Factor) -> String {
        let texts = &view.language.texts().second_factor;
        match (self, factor) {
            (Self::Wrong, Factor::App) => texts.wrong.to_owned(),
            (Self::Wrong, Factor::RecoveryCode) => texts.recovery_wrong.to_owned(),
            (Self::Locked(wait), _) => texts.locked.fill(minutes(wait), view.language),
        }
    }

    fn status(fault: Option<Self>) -> StatusCode {
        match fault {
            None => StatusCode::OK,
            Some(Self::Wrong) => StatusCode::BAD_REQUEST,
            Some(Self::Locked(_)) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Challenge<'_> {
    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, self.factor))
    }

    fn asks_for_app(&self) -> bool {
        self.factor == Factor::App
    }

    fn prompt(&self) -> String {
        let texts = &self.texts().second_factor;
        match self.factor {
            Factor::App => texts.prompt.fill([&self.view.site.brand.name]),
            Factor::RecoveryCode => texts.recovery_prompt.to_owned(),
        }
    }

    fn other_way(&self) -> String {
        let method = if self.asks_for_app() { RECOVERY_CODE } else { "" };
        self.view.address("/login/second-factor", &[("session_id", self.session), ("method", method)])
    }
}

impl Page for Challenge<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        let method = if self.asks_for_app() { "" } else { RECOVERY_CODE };
        Some(("/login/second-factor", vec![("session_id", self.session), ("method", method)]))
    }
}

impl Enrol<'_> {
    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, Factor::App))
    }

    /// The key in groups of four, as people read it.
    fn spelled_key(&self) -> String {
        let key: Vec<_> = self.key.reveal().chars().collect();
        let groups: Vec<String> = key.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

impl Page for Enrol<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        CodeFault::status(self.fault)
    }
}

impl RecoveryCodes<'_> {
    /// A file of the codes, one a line, that a browser saves without asking anybody for it.
    fn file(&self) -> String {
        let lines: Vec<_> = self.codes.iter().map(Secret::reveal).collect();
        format!("data:text/plain;charset=utf-8,{}%0A", lines.join("%0A"))
    }
}

impl Page for RecoveryCodes<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn is_scripted(&self) -> bool {
        true
    }
}

impl Manage<'_> {
    fn fault_text(&self) -> Option<String> {
        self.fault.map(|fault| fault.text(&self.view, Factor::App))
    }

    fn codes_left_text(&self) -> Option<String> {
        self.codes_left.map(|left| self.texts().second_factor.manage.codes_left.fill(left, self.view.language))
    }
}

impl Page for Manage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn status(&self) -> StatusCode {
        CodeFault::status(self.fault)
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login/security", Vec::new()))
    }
}
