//! Public keys of authenticators: as they say them (COSE_Key, RFC 9052 section 7), and as they are stored.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, EcdsaVerificationAlgorithm, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use minicbor::Decoder;
use serde::{Deserialize, Serialize};

use super::base64url::Base64UrlString;
use super::cbor;

/// A key that is good for the algorithm that it signs by.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct PublicKey {
    #[serde(rename = "type_")]
    algorithm: SigningAlgorithm,
    #[serde(rename = "key")]
    parameters: KeyParameters,
}

/// What authenticators are asked to sign by (RFC 9053 section 2.1, RFC 8812 section 2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum SigningAlgorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256, which is what older TPMs have.
    Rs256,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum KeyParameters {
    #[serde(rename = "EC_EC2")]
    EllipticCurve { curve: Curve, x: Base64UrlString, y: Base64UrlString },
    #[serde(rename = "RSA")]
    Rsa { n: Base64UrlString, e: [u8; 3] },
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum Curve {
    #[serde(rename = "SECP256R1")]
    P256,
    #[serde(rename = "SECP384R1")]
    P384,
}

impl SigningAlgorithm {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Es384, Self::Rs256];

    /// Its `COSEAlgorithmIdentifier` (WebAuthn section 5.8.5).
    pub const fn identifier(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }
}

impl PublicKey {
    /// Reads a COSE_Key; `None` for one of another algorithm, or that is not good for its own (WebAuthn section 5.8.5).
    pub fn read(reader: &mut Decoder<'_>) -> Option<Self> {
        let entries = cbor::map::<i64>(reader)?;
        let integer = |label| entries.get(&label)?.clone().i64().ok();
        let bytes = |label| entries.get(&label)?.clone().bytes().ok();
        let string = |label| bytes(label).map(|bytes| Base64UrlString(bytes.to_vec()));
        let identifier = integer(ALGORITHM)?;
        let algorithm = SigningAlgorithm::ALL.into_iter().find(|one| one.identifier() == identifier)?;
        // RFC 9053 section 7.1, and RFC 8230 section 4.
        let parameters = match integer(KEY_TYPE)? {
            2 => {
                let curve = match integer(-1)? {
                    1 => Curve::P256,
                    2 => Curve::P384,
                    _ => return None,
                };
                KeyParameters::EllipticCurve { curve, x: string(-2)?, y: string(-3)? }
            }
            3 => KeyParameters::Rsa { n: string(-1)?, e: bytes(-2)?.try_into().ok()? },
            _ => return None,
        };
        let key = Self { algorithm, parameters };
        key.parse().map(|_| key)
    }

    /// Whether `signature` is one of `message` by this key (WebAuthn section 6.5.5).
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parse().is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    fn parse(&self) -> Option<ParsedPublicKey> {
        match (self.algorithm, &self.parameters) {
            (SigningAlgorithm::Es256, KeyParameters::EllipticCurve { curve: Curve::P256, x, y }) => {
                point(&ECDSA_P256_SHA256_ASN1, 32, &x.0, &y.0)
            }
            (SigningAlgorithm::Es384, KeyParameters::EllipticCurve { curve: Curve::P384, x, y }) => {
                point(&ECDSA_P384_SHA384_ASN1, 48, &x.0, &y.0)
            }
            (SigningAlgorithm::Rs256, KeyParameters::Rsa { n, e }) => {
                let bits = 8 * n.0.len() - usize::try_from(n.0.first()?.leading_zeros()).ok()?;
                let key = RsaPublicKeyComponents { n: &n.0[..], e: &e[..] };
                // What is parsed may have any length until a signature is verified.
                let fits = (MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits);
                fits.then(|| key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok())?
            }
            _ => None,
        }
    }
}

/// The key whose point has these coordinates, each of `size` bytes (SEC 1 section 2.3.3), if they are on the curve.
fn point(algorithm: &'static EcdsaVerificationAlgorithm, size: usize, x: &[u8], y: &[u8]) -> Option<ParsedPublicKey> {
    let fits = x.len() == size && y.len() == size;
    fits.then(|| ParsedPublicKey::new(algorithm, [&[0x04], x, y].concat()).ok())?
}

/// Labels that every COSE_Key has (RFC 9052 section 7.1).
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;

const MIN_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;

#[cfg(test)]
mod tests {
    use super::super::software_key::{bytes, cose_key, integer};
    use super::*;

    type Entries = Vec<(i64, Vec<u8>)>;

    /// The base points of the curves (SEC 2 sections 2.4.2 and 2.5.1).
    const P256: [&str; 2] =
        ["axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"];
    const P384: [&str; 2] = [
        "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3",
        "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f",
    ];

    fn read(entries: &[(i64, Vec<u8>)]) -> Option<PublicKey> {
        PublicKey::read(&mut Decoder::new(&cose_key(entries)))
    }

    fn elliptic(algorithm: i64, curve: i64, [x, y]: [&str; 2]) -> Entries {
        let coordinate = |text: &str| bytes(&Base64UrlString::try_from(text.to_owned()).unwrap().0);
        let (x, y) = (coordinate(x), coordinate(y));
        vec![(1, integer(2)), (3, integer(algorithm)), (-1, integer(curve)), (-2, x), (-3, y)]
    }

    fn rsa(n: &[u8], e: &[u8]) -> Entries {
        vec![(1, integer(3)), (3, integer(-257)), (-1, bytes(n)), (-2, bytes(e))]
    }

    fn with(mut entries: Entries, label: i64, value: Vec<u8>) -> Entries {
        entries.iter_mut().find(|(known, _)| *known == label).unwrap().1 = value;
        entries
    }

    #[test]
    fn a_key_of_each_algorithm_is_read() {
        for entries in [elliptic(-7, 1, P256), elliptic(-35, 2, P384), rsa(&[0xff; 256], &[1, 0, 1])] {
            let key = read(&entries).unwrap();
            let stored = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<PublicKey>(&stored).unwrap(), key);
        }
    }

    #[test]
    fn a_key_without_one_of_its_parameters_is_refused_and_one_with_more_is_read() {
        for whole in [elliptic(-7, 1, P256), rsa(&[0xff; 256], &[1, 0, 1])] {
            for missing in 0..whole.len() {
                let mut entries = whole.clone();
                entries.remove(missing);
                assert_eq!(read(&entries), None, "without {:?}", whole[missing]);
            }
            assert!(read(&[&whole[..], &[(4, vec![0x80])]].concat()).is_some());
        }
    }

    #[test]
    fn an_algorithm_that_nobody_asked_for_is_refused() {
        for algorithm in [-8, -36, -37, -39, -47, -258, -259, 7] {
            assert_eq!(read(&elliptic(algorithm, 1, P256)), None, "{algorithm}");
        }
    }

    #[test]
    fn an_algorithm_over_the_key_of_another_is_refused() {
        for entries in [
            elliptic(-7, 2, P384),
            elliptic(-35, 1, P256),
            elliptic(-257, 1, P256),
            with(rsa(&[0xff; 256], &[1, 0, 1]), 3, integer(-7)),
            with(elliptic(-7, 1, P256), 1, integer(1)),
            with(elliptic(-7, 1, P256), 1, integer(3)),
        ] {
            assert_eq!(read(&entries), None, "{entries:?}");
        }
    }

    #[test]
    fn another_curve_is_refused() {
        for curve in [0, 2, 3, 6, 8] {
            assert_eq!(read(&elliptic(-7, curve, P256)), None, "{curve}");
        }
    }

    #[test]
    fn a_point_that_is_not_on_the_curve_is_refused() {
        for (algorithm, curve, [x, y]) in [(-7, 1, P256), (-35, 2, P384)] {
            assert_eq!(read(&elliptic(algorithm, curve, [y, x])), None, "{algorithm}");
        }
    }

    #[test]
    fn a_coordinate_of_another_length_is_refused() {
        let shifted = with(with(elliptic(-7, 1, P256), -2, bytes(&[7; 31])), -3, bytes(&[7; 33]));
        let compressed = with(elliptic(-7, 1, P256), -3, vec![0xf5]);
        for entries in [shifted, compressed, with(elliptic(-7, 1, P256), -2, bytes(&[]))] {
            assert_eq!(read(&entries), None, "{entries:?}");
        }
    }

    #[test]
    fn a_modulus_has_2048_to_8192_bits() {
        let top = |first: u8, length: usize| [&[first], &vec![0xff; length - 1][..]].concat();
        for (modulus, is_read) in [
            (vec![], false),
            (top(0xff, 128), false),
            (top(0x7f, 256), false),
            (top(0x80, 256), true),
            (top(0xff, 1024), true),
            (top(0x01, 1025), false),
            (top(0x00, 257), false),
        ] {
            let length = modulus.len();
            assert_eq!(read(&rsa(&modulus, &[1, 0, 1])).is_some(), is_read, "{length} bytes");
        }
    }

    #[test]
    fn an_exponent_has_three_bytes() {
        for exponent in [&[][..], &[3], &[0, 0, 3], &[1, 0, 0, 1]] {
            assert_eq!(read(&rsa(&[0xff; 256], exponent)), None, "{exponent:?}");
        }
    }
}
