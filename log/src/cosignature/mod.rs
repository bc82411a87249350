//! What a witness says of a checkpoint: C2SP `tlog-cosignature`, version 1 with Ed25519
//! (algorithm 0x04): as of a time, the largest tree that it has seen of this log has this
//! size and root, and goes on from every tree that it has seen of it before.
//!
//! ML-DSA-44 (0x06), the specification's other kind, is not known here: a line of such a
//! key is one of an unknown key.

mod key;

pub use key::{Cosigner, WitnessKey};

use crate::checkpoint::{Checkpoint, ForgedSignature, SignedCheckpoint};

/// The largest time that a cosignature may carry.
const LAST_TIME: u64 = i64::MAX as u64;

/// What is signed: two lines, then the lines of the checkpoint.
fn message(time: u64, checkpoint: &Checkpoint) -> String {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.to_text())
}

/// Which of these witnesses cosigned, and when, in seconds since the Unix epoch. Lines of
/// other keys are ignored; a line of one of them that does not verify makes the whole note
/// worthless.
pub fn cosignatures<'k>(
    signed: &SignedCheckpoint,
    witnesses: impl IntoIterator<Item = &'k WitnessKey>,
) -> Result<Vec<(&'k WitnessKey, u64)>, ForgedSignature> {
    let mut found = Vec::new();
    for key in witnesses {
        for line in signed.lines().iter().filter(|line| key.owns(line)) {
            let time = key.time_of(signed.checkpoint(), line).ok_or(ForgedSignature)?;
            match found.last_mut() {
                Some((last, earliest)) if *last == key => *earliest = time.min(*earliest),
                Some(_) | None => found.push((key, time)),
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{SignatureLine, Signer};
    use crate::hash::Hash;

    fn cosigner(seed: u8) -> Cosigner {
        Cosigner::from_seed("witness.example.org/w1", &[seed; 32]).expect("the name is good")
    }

    fn signed() -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin: "example.org/log".to_owned(), size: 7, root: Hash([9; 32]) };
        let signer = Signer::from_seed("example.org/log", &[1; 32]).expect("the name is good");
        SignedCheckpoint::sign(checkpoint, &[&signer])
    }

    #[test]
    fn a_cosignature_counts_for_its_key_checkpoint_and_time() {
        let (one, two) = (cosigner(1), cosigner(2));
        let cosigned = signed().with([one.cosign(signed().checkpoint(), 1_679_315_147)]);
        let read: SignedCheckpoint = cosigned.to_string().parse().expect("it reads what it prints");
        assert_eq!(cosignatures(&read, [one.key(), two.key()]), Ok(vec![(one.key(), 1_679_315_147)]));
        let other = Checkpoint { size: 8, ..signed().checkpoint().clone() };
        let moved = SignedCheckpoint::of(other, cosigned.lines().to_vec());
        assert_eq!(cosignatures(&moved, [one.key()]), Err(ForgedSignature));
        assert_eq!(cosignatures(&moved, [two.key()]), Ok(vec![]));
    }

    #[test]
    fn a_time_cannot_be_changed_or_be_too_large() {
        let one = cosigner(1);
        let line = one.cosign(signed().checkpoint(), 5);
        for time in [4, 6, u64::MAX] {
            let bytes = [&u64::to_be_bytes(time)[..], &line.signature()[8..]].concat();
            let changed = SignatureLine::new(line.name(), line.key_id(), bytes);
            assert_eq!(one.key().time_of(signed().checkpoint(), &changed), None, "{time}");
        }
    }

    #[test]
    fn a_logs_own_signature_is_no_cosignature_of_the_same_key() {
        let seed = [1; 32];
        let signer = Signer::from_seed("example.org/log", &seed).expect("the name is good");
        let same = Cosigner::from_seed("example.org/log", &seed).expect("the name is good");
        assert_ne!(same.key().id(), signer.verifier().id());
        assert_eq!(cosignatures(&signed(), [same.key()]), Ok(vec![]));
    }
}
