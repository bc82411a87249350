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
