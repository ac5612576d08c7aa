//! What a person types when a second factor is due.

use super::lock::MAX_FAILURES;
use super::recovery::RecoveryCode;
use crate::account::factor::{RECOVERY_CODE, TOTP};
use crate::secret::Secret;

/// A code of either kind. Their lengths differ, so that no text is both.
#[derive(Clone, Debug)]
pub enum Code {
    /// Six digits of an authenticator app.
    Totp(TotpCode),
    /// A recovery code.
    Recovery(RecoveryCode),
}

/// Six ASCII digits.
#[derive(Clone, Debug)]
pub struct TotpCode(Secret);

impl Code {
    /// After how many failures since the last success such a code does not count any more.
    pub const fn most_failures(&self) -> u32 {
        match self {
            Self::Totp(_) => MAX_FAILURES,
            Self::Recovery(_) => u32::MAX,
        }
    }

    /// Reads what a person typed: spaces and hyphens do not matter. `None` for what no code ever was.
    pub fn parse(text: &str) -> Option<Self> {
        TotpCode::parse(text).map(Self::Totp).or_else(|| RecoveryCode::parse(text).map(Self::Recovery))
    }

    /// What the contracts call it.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Totp(_) => TOTP,
            Self::Recovery(_) => RECOVERY_CODE,
        }
    }
}

impl TotpCode {
    fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
        let fits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(Secret::new(digits)))
    }

    /// The digits.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_read_however_they_are_grouped() {
        for text in ["012345", "012 345", "012-345", " 0 1 2 3 4 5 "] {
            let Some(Code::Totp(code)) = Code::parse(text) else { panic!("{text:?}") };
            assert_eq!(code.reveal(), "012345");
        }
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        for text in ["ABCDE-FGH23", "abcdefgh23", "abcde fgh23"] {
            assert!(matches!(Code::parse(text), Some(Code::Recovery(_))), "{text:?}");
        }
    }

    #[test]
    fn what_no_code_ever_was_is_not_read() {
        let texts = [
            "",
            "12345",
            "1234567",
            "abcdef",
            "+12345",
            "12345.",
            "１２３４５６",
            "١٢٣٤٥٦",
            "ABCDE-FGH2",
            "ABCDE-FGH0I",
        ];
        for text in texts {
            assert!(Code::parse(text).is_none(), "{text:?}");
        }
    }
}
