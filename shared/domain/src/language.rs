//! The languages that people can read, and which of them a browser asks for.

use serde::{Deserialize, Serialize};

/// A language that people can read Doorward in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// German.
    De,
    /// English, for everybody whose language is not here.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Japanese.
    Ja,
    /// Portuguese.
    Pt,
}

impl Language {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 6] = [Self::En, Self::De, Self::Es, Self::Fr, Self::Pt, Self::Ja];

    /// Reads a language tag (RFC 5646); what follows the language itself does not matter.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language that a header `Accept-Language` likes best (RFC 9110 section 12.5.4); `None` when it likes none of
    /// ours. Of two that it likes as well, the first.
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for range in accept_language.split(',').take(MAX_RANGES) {
            let (tag, weight) = range.split_once(';').map_or((range, Some(1000)), |(tag, rest)| (tag, weight(rest)));
            let language = if tag.trim() == "*" { Some(Self::default()) } else { Self::parse(tag.trim()) };
            if let (Some(language), Some(weight)) = (language, weight)
                && weight > best.map_or(0, |(_, best)| best)
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }

    /// The language's tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Ja => "ja",
            Self::Pt => "pt",
        }
    }

    /// What the language calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::De => "Deutsch",
            Self::En => "English",
            Self::Es => "Español",
            Self::Fr => "Français",
            Self::Ja => "日本語",
            Self::Pt => "Português",
        }
    }
}

/// The weight in thousandths; `None` for what is none.
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.trim().strip_prefix("q=").or_else(|| parameter.trim().strip_prefix("Q="))?;
    let weight: f32 = value.parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0).round() as u16)
}

/// No person speaks more languages, and no header shall keep us busy.
const MAX_RANGES: usize = 32;
