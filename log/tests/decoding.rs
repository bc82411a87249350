//! The decoder on bytes that nobody vouches for.

use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::declaration::Declaration;
use gpuaas_log::encoding::check_payload;
use gpuaas_log::entry::Entry;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::vector_files::{VECTORS, entries, list, text};

/// What was decoded is encoded to the same bytes: no two byte strings are one entry.
fn decodes_to_itself_or_not_at_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(entry) = Entry::decode(bytes) {
        prop_assert_eq!(entry.encode(), bytes);
    }
    Ok(())
}

/// Whether a payload whose only value is written like this in hex is canonical.
fn is_canonical(value: &str) -> bool {
    check_payload(&hex::decode(format!("81a161{value}")).expect("hex")).is_ok()
}

#[test]
fn every_value_has_one_form() {
    let filled = |head: &str, byte: &str, count: usize| format!("{head}{}", byte.repeat(count));
    for (shortest, longer) in [
        ("7f", "cc7f"),
        ("cc80", "cd0080"),
        ("ccff", "cd00ff"),
        ("cd0100", "ce00000100"),
        ("cdffff", "ce0000ffff"),
        ("ce00010000", "cf0000000000010000"),
        ("ceffffffff", "cf00000000ffffffff"),
        ("cf0000000100000000", "d30000000100000000"),
        ("cfffffffffffffffff", "cb41f0000000000000"),
        ("ff", "d0ff"),
        ("e0", "d0e0"),
        ("d0df", "d1ffdf"),
        ("d080", "d1ff80"),
        ("d1ff7f", "d2ffffff7f"),
        ("d18000", "d2ffff8000"),
        ("d2ffff7fff", "d3ffffffffffff7fff"),
        ("d280000000", "d3ffffffff80000000"),
        ("d3ffffffff7fffffff", "d07f"),
        ("d38000000000000000", "ca00000000"),
        (&filled("bf", "61", 31), &filled("d91f", "61", 31)),
        (&filled("d920", "61", 32), &filled("da0020", "61", 32)),
        (&filled("da0100", "61", 256), &filled("db00000100", "61", 256)),
        (&filled("c4ff", "00", 255), &filled("c500ff", "00", 255)),
        (&filled("c50100", "00", 256), &filled("c600000100", "00", 256)),
        (&filled("9f", "c0", 15), &filled("dc000f", "c0", 15)),
        (&filled("dc0010", "c0", 16), &filled("dd00000010", "c0", 16)),
        ("80", "de0000"),
        ("c3", "c1"),
    ] {
        assert!(is_canonical(shortest), "{shortest}");
        assert!(!is_canonical(longer), "{longer}");
    }
}

#[test]
fn a_payload_is_a_map_of_unique_text_without_nul_sixteen_deep() {
    let nested = |levels: usize| format!("{}c0", "91".repeat(levels));
    assert!(is_canonical(&nested(15)) && !is_canonical(&nested(16)));
    let many = |last: &str| {
        let pairs: String = (0..19).map(|n| format!("a1{:02x}c0", 0x61 + n)).collect();
        format!("de0014{pairs}a1{last}c0")
    };
    assert!(is_canonical(&many("7a")));
    for bad in
        ["a100", "d40000", "c70000", "82a162c0a162c0", "8101c0", "81a100c0", "a1ff", "c0c0", "", "92c0", &many("61")]
    {
        assert!(!is_canonical(bad), "{bad}");
    }
    assert!(check_payload(&[0x80]).is_ok() && check_payload(&[0x90]).is_err() && check_payload(&[]).is_err());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        decodes_to_itself_or_not_at_all(&bytes)?;
        let _ = check_payload(&bytes);
        let _ = SignedCheckpoint::parse(&bytes);
        for event in ["log.created", "log.kind_declared", "log.schema_declared", "log.keys_changed"] {
            let _ = Declaration::decode(event, &bytes);
        }
    }

    #[test]
    fn an_altered_entry_is_refused_or_encodes_to_its_own_bytes(
        entry in select(entries()),
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
    ) {
        let mut altered = entry;
        for (at, byte, how) in edits {
            let at = at.index(altered.len());
            match how {
                0 => altered[at] = byte,
                1 => altered.insert(at, byte),
                _ => { altered.remove(at); }
            }
        }
        decodes_to_itself_or_not_at_all(&altered)?;
    }

    #[test]
    fn an_altered_checkpoint_is_refused_or_prints_as_it_was_read(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut note = text(&list(&VECTORS["checkpoints"])[0]).as_bytes().to_vec();
        let at = at.index(note.len());
        note[at] = byte;
        if let Ok(read) = SignedCheckpoint::parse(&note) {
            prop_assert_eq!(read.to_string().into_bytes(), note);
        }
    }
}
