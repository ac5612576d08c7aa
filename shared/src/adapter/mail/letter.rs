//! What all mails have in common: who writes, in which language, how they look, and what goes out.

use domain::language::Language;
use domain::page::brand::{Brand, Color};
use domain::text::Texts;

/// Who writes, and in which language.
#[derive(Clone, Copy, Debug)]
pub struct MailContext<'a> {
    /// Who writes.
    pub brand: &'a Brand,
    /// The language to write in.
    pub language: Language,
}

/// A mail, ready to go.
#[derive(Clone, Debug)]
pub struct ComposedMail {
    /// The subject.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

impl MailContext<'_> {
    pub(super) fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// The brand's colour for buttons, and for what is written on them.
    pub(super) fn button(&self) -> (Color, Color) {
        (self.brand.color, self.brand.color.text_on())
    }
}
