//! Maps of CBOR (RFC 8949), as authenticators write them: the length of each thing stands before it (CTAP2's canonical form).

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder};

/// What stands under each key of the map that `reader` is at; it is behind the map afterwards. `None` for what is no such
/// map, has a key twice, or promises more than there is. Values are passed by without recursion, however deep they are.
pub(super) fn map<'b, K: Decode<'b, ()> + Ord>(reader: &mut Decoder<'b>) -> Option<BTreeMap<K, Decoder<'b>>> {
    let mut entries = BTreeMap::new();
    for _ in 0..reader.map().ok()?? {
        let key = reader.decode().ok()?;
        let value = reader.clone();
        reader.skip().ok()?;
        if entries.insert(key, value).is_some() {
            return None;
        }
    }
    Some(entries)
}

/// Whether nothing is left to read.
pub(super) fn is_at_end(reader: &Decoder<'_>) -> bool {
    reader.position() == reader.input().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Option<Vec<i64>> {
        map(&mut Decoder::new(bytes)).map(|entries| entries.into_keys().collect())
    }

    #[test]
    fn a_map_is_read_by_its_keys_in_any_order() {
        assert_eq!(keys(&[0xa0]), Some(vec![]));
        assert_eq!(keys(&[0xa2, 0x01, 0x81, 0x07, 0x20, 0x41, 0xff]), Some(vec![-1, 1]));
        let bytes = [0xa1, 0x01, 0x18, 0x2a, 0xf6];
        let mut reader = Decoder::new(&bytes);
        assert_eq!(map::<i64>(&mut reader).unwrap()[&1].clone().u8().unwrap(), 42);
        assert!(!is_at_end(&reader), "a null is left");
    }

    #[test]
    fn what_is_no_map_or_has_a_key_twice_or_of_another_type_is_refused() {
        for bytes in [&[][..], &[0x80], &[0xf6], &[0xa2, 0x01, 0x01, 0x01, 0x02], &[0xa1, 0x61, b'a', 0x01]] {
            assert_eq!(keys(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn a_map_that_does_not_say_how_long_it_is_is_refused() {
        assert_eq!(keys(&[0xbf, 0x01, 0x02, 0xff]), None);
    }

    #[test]
    fn a_length_that_is_longer_than_what_there_is_is_refused() {
        let huge = |head: u8| [[head].as_slice(), &[0xff; 8], &[0x01, 0x01]].concat();
        for value in [huge(0x5b), huge(0x7b), huge(0x9b), huge(0xbb)] {
            assert_eq!(keys(&[&[0xa1, 0x01], &value[..]].concat()), None, "{value:x?}");
        }
        assert_eq!(keys(&huge(0xbb)), None);
    }

    #[test]
    fn a_million_arrays_in_each_other_are_passed_by() {
        let deep = |end: &[u8]| [&[0xa1, 0x01], &vec![0x81; 1_000_000][..], end].concat();
        assert_eq!(keys(&deep(&[0x00])), Some(vec![1]));
        assert_eq!(keys(&deep(&[])), None);
    }
}
