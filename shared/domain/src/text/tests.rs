use super::*;

/// Every text of the language, in the order of its fields: what precedes it, and the text itself.
fn all(language: Language) -> Vec<(String, String)> {
    let printed = format!("{:?}", language.texts()).replace("\\u{a0}", " ");
    let pieces: Vec<_> = printed.split('"').collect();
    pieces.chunks(2).filter_map(|pair| Some((pair[0].to_owned(), (*pair.get(1)?).to_owned()))).collect()
}

fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    places.sort_unstable();
    places
}

#[test]
fn every_language_has_every_text_with_the_same_places() {
    let english = all(Language::En);
    assert!(english.len() > 150, "{}", english.len());
    for language in Language::ALL {
        let texts = all(language);
        assert_eq!(texts.len(), english.len(), "{language:?}: a quotation mark inside a text would confuse this test");
        for ((field, text), (_, original)) in texts.iter().zip(&english) {
            assert!(!text.trim().is_empty(), "{language:?} {field}");
            assert_eq!(text.trim(), text, "{language:?} {field}");
            assert!(!text.contains("  "), "{language:?}: {text}");
            assert_eq!(places(text), places(original), "{language:?} {field}: {text}");
        }
    }
}

#[test]
fn no_language_is_a_copy_of_another() {
    for one in Language::ALL {
        for other in Language::ALL {
            let (texts, others) = (all(one), all(other));
            // Short words such as "Continuar" are the same in some.
            let same = texts.iter().zip(&others).filter(|((_, text), (_, other))| text == other && text.len() > 25);
            let same: Vec<_> = same.map(|((_, text), _)| text).collect();
            assert!(one == other || same.is_empty(), "{one:?} and {other:?}: {same:?}");
        }
    }
}

#[test]
fn what_follows_the_language_in_a_tag_does_not_matter() {
    for (tag, language) in
        [("de", Language::De), ("de-AT", Language::De), ("PT-br", Language::Pt), ("ja-JP-u-ca", Language::Ja)]
    {
        assert_eq!(Language::parse(tag), Some(language), "{tag}");
    }
    for tag in ["", "-", "d", "deu", "nl", "e n", "*"] {
        assert_eq!(Language::parse(tag), None, "{tag}");
    }
}

#[test]
fn the_language_with_the_most_weight_is_preferred_and_the_first_of_equals() {
    for (header, expected) in [
        ("de", Some(Language::De)),
        ("nl, fr;q=0.8, de;q=0.9", Some(Language::De)),
        ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Pt)),
        ("es;q=0.5,ja;q=0.5", Some(Language::Es)),
        ("fr ; q=0.2 , ja ;q=0.3", Some(Language::Ja)),
        ("de;q=0, *", Some(Language::En)),
        ("nl;q=1, *;q=0.1", Some(Language::En)),
        ("de;Q=1.000", Some(Language::De)),
    ] {
        assert_eq!(Language::preferred(header), expected, "{header}");
    }
}

#[test]
fn a_header_that_names_none_of_ours_or_is_malformed_prefers_nothing() {
    let many = format!("{}de", "nl,".repeat(10_000));
    for header in ["", ",", "nl", "de;q=0", "de;q=2", "de;q=-1", "de;q=NaN", "de;q=", "de;level=1", "🦀;q=1", &many] {
        assert_eq!(Language::preferred(header), None, "{header:.40}");
    }
}

#[test]
fn values_stand_in_their_places_and_are_never_read_as_places() {
    let pattern = Message::<2>::new("{2} before {1}.");
    assert_eq!(pattern.fill(["{2}", "a {1} b"]), "a {1} b before {2}.");
    assert_eq!(Message::<1>::new("to {1}, now").around(), ("to ", ", now"));
}

#[test]
fn plurals_follow_the_language() {
    let text = Plural::new("{1} one", "{1} other");
    let filled = |language| [0, 1, 2].map(|count| text.fill(count, language));
    assert_eq!(filled(Language::En), ["0 other", "1 one", "2 other"]);
    assert_eq!(filled(Language::Fr), ["0 one", "1 one", "2 other"]);
}

#[test]
fn a_moment_reads_as_people_of_the_language_write_it() {
    let moment = Timestamp::from_seconds(1_795_255_200);
    let written = Language::ALL.map(|language| language.texts().common.moment(moment));
    assert_eq!(
        written,
        [
            "21 Nov 2026, 10:00 UTC",
            "21. Nov. 2026, 10:00 Uhr (UTC)",
            "21 nov. 2026, 10:00 (UTC)",
            "21 nov. 2026 à 10:00 UTC",
            "21 de nov. de 2026, 10:00 UTC",
            "2026年11月21日 10:00（UTC）",
        ]
    );
}
