//! What an authenticator says (WebAuthn section 6.1), and what it says of a new credential (section 6.5).

use minicbor::Decoder;

use super::cbor;
use super::public_key::PublicKey;

/// Authenticator data, of which nothing is verified yet.
#[derive(Clone, Debug)]
pub(super) struct AuthenticatorData {
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: [u8; 32],
    /// Whether somebody was there.
    pub user_present: bool,
    /// Whether the authenticator made sure that it was its owner.
    pub user_verified: bool,
    /// Whether copies of the credential may exist (section 6.1.3).
    pub backup_eligible: bool,
    /// Whether one exists now.
    pub backed_up: bool,
    /// How often it has signed (section 6.1.1).
    pub sign_count: u32,
    /// The credential, where it is new.
    pub attested: Option<AttestedCredential>,
}

/// A credential that was just made (section 6.5.1).
#[derive(Clone, Debug)]
pub(super) struct AttestedCredential {
    /// The authenticator's model (AAGUID).
    pub model: [u8; 16],
    /// By what the authenticator knows it.
    pub id: Vec<u8>,
    /// What its signatures are verified with.
    pub key: PublicKey,
}

impl AuthenticatorData {
    /// Reads all of `bytes`. None of the extensions that stand there (section 9.5) means anything to us.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&[flags], rest) = rest.split_first_chunk::<1>()?;
        let (sign_count, rest) = rest.split_first_chunk::<4>()?;
        let is_set = |bit: u8| flags >> bit & 1 == 1;
        let (attested, rest) = match is_set(6).then(|| AttestedCredential::read(rest)) {
            Some(read) => read.map(|(credential, rest)| (Some(credential), rest))?,
            None => (None, rest),
        };
        let mut reader = Decoder::new(rest);
        if is_set(7) {
            cbor::map::<&str>(&mut reader)?;
        }
        cbor::is_at_end(&reader).then_some(Self {
            rp_id_hash: *rp_id_hash,
            user_present: is_set(0),
            user_verified: is_set(2),
            backup_eligible: is_set(3),
            backed_up: is_set(4),
            sign_count: u32::from_be_bytes(*sign_count),
            attested,
        })
    }

    /// Reads what an attestation object says of a new credential (section 6.5.4). What attests the authenticator's make is
    /// not looked at: nobody asked for it, nothing depends on it, and some authenticators say it all the same.
    pub fn read_attested(object: &[u8]) -> Option<Self> {
        let mut reader = Decoder::new(object);
        let entries = cbor::map::<&str>(&mut reader)?;
        let is_whole = cbor::is_at_end(&reader) && entries.contains_key("attStmt");
        entries.get("fmt")?.clone().str().ok()?;
        Self::read(entries.get("authData")?.clone().bytes().ok()?).filter(|_| is_whole)
    }
}

impl AttestedCredential {
    /// Reads one, and gives what is behind it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (model, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let mut reader = Decoder::new(rest);
        let key = PublicKey::read(&mut reader)?;
        Some((Self { model: *model, id: id.to_vec(), key }, &rest[reader.position()..]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::software_key::{
        ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, Claims, EXTENDED, MODEL, PRESENT, SoftwareKey, VERIFIED, bytes, text,
    };
    use super::*;

    fn claims(flags: u8, extensions: &[u8]) -> Claims {
        Claims { flags, extensions: extensions.to_vec(), ..SoftwareKey::new().claims("webauthn.create", &Value::Null) }
    }

    fn read(flags: u8, extensions: &[u8]) -> Option<AuthenticatorData> {
        AuthenticatorData::read(&claims(flags, extensions).authenticator_data())
    }

    const EXTENSION: &[u8] = b"\xa1\x6bcredProtect\x02";

    #[test]
    fn each_flag_says_one_thing() {
        let said = |flags| {
            let data = read(flags, &[]).unwrap();
            assert_eq!(data.sign_count, 7);
            [data.user_present, data.user_verified, data.backup_eligible, data.backed_up, data.attested.is_some()]
        };
        assert_eq!(said(0b0010_0010), [false; 5], "nobody knows these two");
        for (place, flag) in [PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED].into_iter().enumerate() {
            let mut expected = [false; 5];
            expected[place] = true;
            assert_eq!(said(flag), expected, "{flag:b}");
        }
    }

    #[test]
    fn a_new_credential_has_a_model_and_an_id() {
        let made = AuthenticatorData::read_attested(&claims(ATTESTED, &[]).attestation_object()).unwrap();
        let made = made.attested.unwrap();
        assert_eq!((made.model, &made.id[..]), (MODEL, &b"credential"[..]));
    }

    #[test]
    fn extensions_stand_where_their_flag_says_so_and_nowhere_else() {
        for flags in [0, ATTESTED] {
            assert!(read(flags | EXTENDED, EXTENSION).is_some());
            assert!(read(flags, EXTENSION).is_none());
            assert!(read(flags | EXTENDED, &[]).is_none());
            assert!(read(flags | EXTENDED, &[0x80]).is_none(), "an array");
            assert!(read(flags | EXTENDED, &[EXTENSION, &[0x00]].concat()).is_none());
        }
    }

    #[test]
    fn data_that_ends_anywhere_before_its_end_is_refused() {
        let data = claims(ATTESTED | EXTENDED, EXTENSION).authenticator_data();
        assert!(AuthenticatorData::read(&data).is_some());
        for end in 0..data.len() {
            assert!(AuthenticatorData::read(&data[..end]).is_none(), "{end} bytes");
        }
    }

    #[test]
    fn an_attestation_object_that_ends_before_its_end_or_after_it_is_refused() {
        let object = claims(ATTESTED | EXTENDED, EXTENSION).attestation_object();
        assert!(AuthenticatorData::read_attested(&object).is_some());
        for end in 0..object.len() {
            assert!(AuthenticatorData::read_attested(&object[..end]).is_none(), "{end} bytes");
        }
        assert!(AuthenticatorData::read_attested(&[&object[..], &[0xf6]].concat()).is_none());
    }

    #[test]
    fn an_attestation_object_says_all_three_things_in_any_order() {
        let data = bytes(&claims(ATTESTED, &[]).authenticator_data());
        let [format, statement, data] = [("fmt", text("x")), ("attStmt", vec![0xa0]), ("authData", data)]
            .map(|(name, value)| [text(name), value].concat());
        let object = |entries: &[&[u8]]| {
            let head = 0xa0 + u8::try_from(entries.len()).unwrap();
            AuthenticatorData::read_attested(&[&[head], &entries.concat()[..]].concat())
        };
        assert!(object(&[&data, &statement, &format]).is_some());
        assert!(object(&[&format, &statement, &data, &[0x61, b'x', 0x01]]).is_some());
        for entries in [[&format, &statement], [&format, &data], [&statement, &data]] {
            assert!(object(&entries.map(|entry| &entry[..])).is_none());
        }
        assert!(object(&[&format, &statement, &data, &data]).is_none());
    }
}
