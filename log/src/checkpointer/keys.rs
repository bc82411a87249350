//! Which keys must sign (format, section 4).

use std::sync::Arc;

use super::CheckpointerError;
use crate::checkpoint::{Signs, VerifierKey};

/// One key of each list: the list in force, and those that it replaced since the last
/// checkpoint.
pub(super) fn keys_for(
    keys: &[Arc<dyn Signs>],
    lists: &[Vec<VerifierKey>],
) -> Result<Vec<Arc<dyn Signs>>, CheckpointerError> {
    let mut chosen: Vec<Arc<dyn Signs>> = Vec::new();
    for list in lists {
        if chosen.iter().any(|key| list.contains(key.verifier())) {
            continue;
        }
        let key = keys.iter().find(|key| list.contains(key.verifier())).map(Arc::clone);
        chosen.push(key.ok_or(CheckpointerError::NoKey(
            "a checkpoint is signed by a key in force, and after a change by one of the keys before too",
        ))?);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Signer;

    #[test]
    fn a_change_of_keys_is_signed_by_old_and_new() {
        let signer = |seed| Signer::from_seed("example.org/log", &[seed; 32]).expect("the name is good");
        let (old, new) = (signer(1), signer(2));
        let lists = [vec![old.verifier().clone()], vec![new.verifier().clone()]];
        let both: [Arc<dyn Signs>; 2] = [Arc::new(old), Arc::new(new)];
        assert_eq!(keys_for(&both, &lists).map(|chosen| chosen.len()).ok(), Some(2));
        assert_eq!(keys_for(&both, &lists[1..]).map(|chosen| chosen.len()).ok(), Some(1));
        assert!(keys_for(&both[1..], &lists).is_err());
    }
}
