//! How the service presents itself: its name, its mark and its colour, and colours that can be read on and beside it.

use std::fmt;

use url::Url;

use crate::account::email::EmailAddress;
use crate::redirect::{AllowedTargets, source};

/// What pages and mails show of the operator.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The name of the service.
    pub name: String,
    /// Its logo.
    pub logo: Option<Logo>,
    /// Its colour.
    pub color: Color,
}

/// A picture that stands for the name.
#[derive(Clone, Debug)]
pub struct Logo {
    /// Where it is.
    pub url: String,
    /// The origin that pages must be allowed to load it from.
    pub origin: String,
}

/// What every page needs to know of the deployment.
#[derive(Clone, Debug)]
pub struct Site {
    /// The name, logo and colour that pages carry.
    pub brand: Brand,
    /// Where a form may lead besides to ourselves: origins and schemes, as a Content Security Policy names them.
    pub form_targets: Vec<String>,
    /// Base of every link; an origin.
    pub public_url: String,
    /// What the operator links on every page.
    pub links: Links,
}

/// What the operator links on every page.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Terms of use.
    pub terms: Option<String>,
    /// What is done with people's data.
    pub privacy: Option<String>,
    /// Who the operator is.
    pub imprint: Option<String>,
    /// Where people are helped: a page, or a mail address as `mailto:`.
    pub support: Option<String>,
}

impl Links {
    /// Takes the address of a page.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn page(address: &str) -> Result<String, &'static str> {
        let url = Url::parse(address).ok().filter(|url| url.scheme() == "https" && url.username().is_empty());
        url.map(String::from).ok_or("must be an https URL without credentials")
    }

    /// Takes the address of a page, or a mail address.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn contact(address: &str) -> Result<String, &'static str> {
        match EmailAddress::parse(address) {
            Ok(email) => Ok(format!("mailto:{email}")),
            Err(_) => Self::page(address).map_err(|_| "must be an https URL without credentials, or a mail address"),
        }
    }
}

impl Site {
    /// The pages of `brand` under `public_url`, whose forms end up at one of `targets` or at `frontend_url`.
    pub fn new(brand: Brand, public_url: String, targets: &AllowedTargets, frontend_url: &str) -> Self {
        let mut form_targets: Vec<_> = targets.sources().into_iter().chain(source(frontend_url)).collect();
        form_targets.retain(|target| *target != public_url);
        form_targets.sort();
        form_targets.dedup();
        Self { brand, form_targets, public_url, links: Links::default() }
    }
}

impl Logo {
    /// Takes the address of a picture.
    ///
    /// # Errors
    ///
    /// When a page could not load it safely.
    pub fn new(address: &str) -> Result<Self, &'static str> {
        match Url::parse(address) {
            Ok(url) if url.scheme() == "https" && url.username().is_empty() && url.password().is_none() => {
                Ok(Self { url: url.to_string(), origin: url.origin().ascii_serialization() })
            }
            _ => Err("must be an https URL without credentials"),
        }
    }
}

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Color([u8; 3]);

impl Color {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);
    /// Behind what is read on a light page.
    pub const LIGHT_SURFACE: Self = Self::WHITE;
    /// Behind what is read on a dark page.
    pub const DARK_SURFACE: Self = Self([0x1b, 0x1e, 0x22]);

    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let plain = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let [_, red, green, blue] = plain.then(|| u32::from_str_radix(digits, 16).ok())??.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// Black or white, whichever reads better on this colour: at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3),
    /// because no colour is further than that from both.
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// This colour, or the nearest shade of it that can be read on `surface`.
    pub fn readable_on(self, surface: Self) -> Self {
        let towards = surface.text_on();
        let shades = (0..=32).map(|step| self.mixed(towards, step));
        shades.into_iter().find(|shade| shade.contrast(surface) >= READABLE).unwrap_or(towards)
    }

    /// The contrast ratio, from 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f32 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    fn luminance(self) -> f32 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// `step` of 32 steps on the way to `other`.
    fn mixed(self, other: Self, step: u16) -> Self {
        let mut channels = self.0;
        for (channel, goal) in channels.iter_mut().zip(other.0) {
            *channel = ((u16::from(*channel) * (32 - step) + u16::from(goal) * step) / 32) as u8;
        }
        Self(channels)
    }
}

/// `#rrggbb`.
impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// What text must reach against what is behind it.
const READABLE: f32 = 4.5;

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(color("#1D5c4f").to_string(), "#1d5c4f");
        for text in ["", "1d5c4f", "#1d5c4", "#1d5c4f0", "#1d5c4g", "#+d5c4f", "red", "#fff;}*{", "#ａ１ｂ２ｃ３"]
        {
            assert_eq!(Color::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn contrast_is_as_wcag_defines_it() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 0.01);
        assert!((color("#777777").contrast(Color::WHITE) - 4.48).abs() < 0.01);
    }

    #[test]
    fn whatever_the_colour_text_on_it_and_beside_it_can_be_read() {
        let channels = [0, 40, 90, 119, 140, 200, 255];
        for red in channels {
            for green in channels {
                for blue in channels {
                    let color = Color([red, green, blue]);
                    assert!(color.contrast(color.text_on()) >= 4.5, "on {color}");
                    for surface in [Color::LIGHT_SURFACE, Color::DARK_SURFACE] {
                        assert!(color.readable_on(surface).contrast(surface) >= 4.5, "{color} on {surface}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_already_is_left_alone() {
        assert_eq!(color("#1d5c4f").readable_on(Color::LIGHT_SURFACE), color("#1d5c4f"));
    }

    #[test]
    fn a_logo_is_loaded_over_https_only() {
        assert_eq!(Logo::new("https://cdn.example/l.svg").unwrap().origin, "https://cdn.example");
        for address in ["", "/l.svg", "http://cdn.example/l.svg", "data:image/svg+xml,x", "https://u:p@cdn.example/"] {
            assert!(Logo::new(address).is_err(), "{address:?}");
        }
    }

    #[test]
    fn people_are_led_to_pages_over_https_and_to_a_mailbox_where_they_ask_for_help() {
        assert_eq!(Links::page("https://acme.example/terms").unwrap(), "https://acme.example/terms");
        assert_eq!(Links::contact("https://acme.example/help").unwrap(), "https://acme.example/help");
        assert_eq!(Links::contact("help@acme.example").unwrap(), "mailto:help@acme.example");
        for address in ["", "/terms", "http://acme.example/", "javascript:alert(1)", "https://u@acme.example/"] {
            assert!(Links::page(address).is_err() && Links::contact(address).is_err(), "{address:?}");
        }
        assert!(Links::page("help@acme.example").is_err());
    }

    #[test]
    fn forms_may_lead_to_the_origins_of_all_targets_once() {
        let targets =
            ["https://app.example/in", "https://app.example/?x=1", "com.example.app:/in", "http://localhost:3000/"];
        let targets = AllowedTargets::new(targets.map(str::to_owned).to_vec()).unwrap();
        let brand = Brand { name: "Acme".to_owned(), logo: None, color: Color::BLACK };
        let site = Site::new(brand, "https://auth.example".to_owned(), &targets, "https://auth.example");
        assert_eq!(site.form_targets, ["com.example.app:", "http://localhost:3000", "https://app.example"]);
    }
}
