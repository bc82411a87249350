//! Which of several servers applies entries, so that the others need not try.
//!
//! Only work is saved by it: if two think that they lead, the cursor's compare-and-set
//! lets one of them through. There is no clock in it that could be wrong: whoever moved
//! the cursor last leads, until entries wait for [`GRACE`] and nobody moves it.

use std::time::Duration;

use uuid::Uuid;

use super::build::Build;

/// How long a server watches entries wait before it applies them itself.
pub(super) const GRACE: Duration = Duration::from_millis(200);

/// Who applies entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// This server.
    Ours,
    /// Another server, which had come this far when this one looked last.
    Theirs {
        /// The position then.
        seen: u64,
    },
}

impl Lead {
    /// Who leads when a server finds a build.
    pub(super) fn of(build: &Build, server: Uuid, exclusive: bool) -> Self {
        match build.holder {
            Some(holder) if holder != server && !exclusive => Self::Theirs { seen: build.position },
            Some(_) | None => Self::Ours,
        }
    }

    /// Who leads, now that a build with waiting entries was looked at after [`GRACE`].
    pub(super) fn after_grace(self, build: &Build) -> Self {
        match self {
            Self::Theirs { seen } if build.position > seen => Self::Theirs { seen: build.position },
            Self::Ours | Self::Theirs { .. } => Self::Ours,
        }
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_log::hash::Hash;

    use super::super::build::Stage;
    use super::*;

    const US: Uuid = Uuid::from_u128(1);
    const THEM: Uuid = Uuid::from_u128(2);

    fn build(position: u64, holder: Option<Uuid>) -> Build {
        Build { name: "resources", version: 1, stage: Stage::Active, position, hash: Hash::ZERO, holder }
    }

    #[test]
    fn whoever_moved_the_cursor_last_leads() {
        assert_eq!(Lead::of(&build(7, None), US, false), Lead::Ours);
        assert_eq!(Lead::of(&build(7, Some(US)), US, false), Lead::Ours);
        assert_eq!(Lead::of(&build(7, Some(THEM)), US, false), Lead::Theirs { seen: 7 });
        assert_eq!(Lead::of(&build(7, Some(THEM)), US, true), Lead::Ours, "nobody else can be there");
    }

    #[test]
    fn a_leader_that_lets_entries_wait_is_replaced() {
        let lead = Lead::Theirs { seen: 7 }.after_grace(&build(9, Some(THEM)));
        assert_eq!(lead, Lead::Theirs { seen: 9 });
        assert_eq!(lead.after_grace(&build(9, Some(THEM))), Lead::Ours);
    }
}
