//! What all mails have in common: who writes, in which language, and how they look.

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

impl MailContext<'_> {
    pub(super) fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// The brand's colour for buttons, and for what is written on them.
    pub(super) fn button(&self) -> (Color, Color) {
        (self.brand.color, self.brand.color.text_on())
    }
}
