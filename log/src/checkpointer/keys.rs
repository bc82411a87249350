//! Which keys must sign (format, section 4).

use super::CheckpointerError;
use crate::checkpoint::{Signer, VerifierKey};

/// One signer of each list: the list in force, and those that it replaced since the last
/// checkpoint.
pub(super) fn signers_for<'s>(
    signers: &'s [Signer],
    lists: &[Vec<VerifierKey>],
) -> Result<Vec<&'s Signer>, CheckpointerError> {
    let mut chosen: Vec<&Signer> = Vec::new();
    for list in lists {
        if chosen.iter().any(|signer| list.contains(signer.verifier())) {
            continue;
        }
        let signer = signers.iter().find(|signer| list.contains(signer.verifier()));
        chosen.push(signer.ok_or(CheckpointerError::NoKey(
            "a checkpoint is signed by a key in force, and after a change by one of the keys before too",
        ))?);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_keys_is_signed_by_old_and_new() {
        let signer = |seed| Signer::from_seed("example.org/log", &[seed; 32]).expect("the name is good");
        let (old, new) = (signer(1), signer(2));
        let lists = [vec![old.verifier().clone()], vec![new.verifier().clone()]];
        let both = [old.clone(), new.clone()];
        assert_eq!(signers_for(&both, &lists).map(|chosen| chosen.len()).ok(), Some(2));
        assert_eq!(signers_for(&both, &lists[1..]).map(|chosen| chosen.len()).ok(), Some(1));
        assert!(signers_for(&[new], &lists).is_err());
    }
}
