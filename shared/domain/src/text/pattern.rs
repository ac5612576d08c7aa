//! Texts with places for values. A place may stand anywhere in the sentence, and is checked when the text compiles.

use crate::language::Language;

/// A text with the places `{1}` to `{N}`, each of them once.
#[derive(Clone, Copy, Debug)]
pub struct Message<const N: usize>(&'static str);

impl<const N: usize> Message<N> {
    /// Takes a text. A constant that lacks a place, or has one too many, does not compile.
    ///
    /// # Panics
    ///
    /// When a place is missing, is there twice, or is none.
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut seen = [0; N];
        let mut index = 0;
        while index < bytes.len() {
            if bytes[index] == b'{' {
                assert!(index + 2 < bytes.len() && bytes[index + 2] == b'}', "a place is one digit in braces");
                seen[(bytes[index + 1] - b'1') as usize] += 1;
            }
            index += 1;
        }
        let mut place = 0;
        while place < N {
            assert!(seen[place] == 1, "every place stands in the text once");
            place += 1;
        }
        Self(text)
    }

    /// The text with `values` in its places. A value is never read as a place.
    pub fn fill(&self, values: [&str; N]) -> String {
        let mut filled = String::new();
        let mut rest = self.0;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (place, after) = after.split_once('}').unwrap_or((after, ""));
            let index = place.parse::<usize>().unwrap_or_default();
            filled.push_str(values.get(index.wrapping_sub(1)).copied().unwrap_or_default());
            rest = after;
        }
        filled + rest
    }

    /// The text as it stands in the language's file.
    pub const fn text(&self) -> &'static str {
        self.0
    }
}

impl Message<1> {
    /// What stands before the place, and after it: for a value that a page sets apart.
    pub fn around(&self) -> (&'static str, &'static str) {
        self.0.split_once("{1}").unwrap_or((self.0, ""))
    }
}

/// A text with a number in it, for one and for any other number.
#[derive(Clone, Copy, Debug)]
pub struct Plural {
    /// With one.
    pub one: Message<1>,
    /// With any other number.
    pub other: Message<1>,
}

impl Plural {
    /// A text with a singular and a plural.
    pub const fn new(one: &'static str, other: &'static str) -> Self {
        Self { one: Message::new(one), other: Message::new(other) }
    }

    /// A text that is the same for all numbers.
    pub const fn same(text: &'static str) -> Self {
        Self::new(text, text)
    }

    /// The form for `count` (CLDR's plural rules; Portuguese as in Brazil).
    pub const fn form(&self, count: u64, language: Language) -> &Message<1> {
        let one = match language {
            Language::Fr | Language::Pt => count < 2,
            Language::De | Language::En | Language::Es | Language::Ja => count == 1,
        };
        if one { &self.one } else { &self.other }
    }

    /// The text with `count`.
    pub fn fill(&self, count: u64, language: Language) -> String {
        self.form(count, language).fill([&count.to_string()])
    }
}
