//! What streams, subjects and headers are called: the contract with subscribers.

use gpuaas_domain::id::OrganizationId;
use gpuaas_log::hash::Hash;

/// The stream of public events.
pub const EVENTS: &str = "EVENTS";
/// What it takes: organization, aggregate, what happened.
pub(super) const EVENTS_SUBJECTS: &str = "gpuaas.*.*.*";
/// The stream of what lies beside the entries.
pub const BLOBS: &str = "BLOBS";
/// What it takes: what it is, its digest or size, the number of the piece.
pub(super) const BLOBS_SUBJECTS: &str = "gpuaas-blobs.*.*.*";
/// In place of an organization, for the platform's own events.
pub(crate) const PLATFORM: &str = "platform";
/// Before the number of a generation.
const LOG: &str = "LOG_";

/// The last number that a generation may have. A stream with a higher one is nobody's: it
/// would leave no number for the next.
pub(super) const LAST_GENERATION: u64 = 1 << 53;

/// Headers of a public event.
pub mod header {
    /// The log's id, as 32 hex digits.
    pub const LOG: &str = "Gpuaas-Log";
    /// The generation of the raw entries when the event was published.
    pub const GENERATION: &str = "Gpuaas-Generation";
    /// Place in the whole log.
    pub const POSITION: &str = "Gpuaas-Position";
    /// Place among the organization's entries, gapless.
    pub const OWNER_SEQUENCE: &str = "Gpuaas-Owner-Sequence";
    /// The entry's hash, in hex: it stands in the organization's export.
    pub const HASH: &str = "Gpuaas-Hash";
    /// The hash of the organization's entry before, in hex; zeros for the first.
    pub const PREVIOUS: &str = "Gpuaas-Previous";
    /// SHA-256 of the message's payload, in hex.
    pub const DIGEST: &str = "Gpuaas-Digest";
    /// In how many pieces a body or blob is kept.
    pub(in crate::jetstream) const PIECES: &str = "Gpuaas-Pieces";
}

/// In the metadata of every stream: the log's id.
pub(super) const OF_LOG: &str = "gpuaas-log";
/// In the metadata of a generation: its first position.
pub(super) const FIRST: &str = "gpuaas-first";

/// The stream of a generation.
#[must_use]
pub fn log_stream(generation: u64) -> String {
    format!("{LOG}{generation}")
}

/// The generation whose stream has this name.
pub(super) fn generation(stream: &str) -> Option<u64> {
    let number = stream.strip_prefix(LOG)?;
    let is_one = |parsed: &u64| (1..=LAST_GENERATION).contains(parsed) && parsed.to_string() == number;
    number.parse().ok().filter(is_one)
}

/// The one subject of a generation.
pub(super) fn log_subject(generation: u64) -> String {
    format!("gpuaas-log.{generation}")
}

/// The subject of a public event: `gpuaas.org_01j….project.created`.
#[must_use]
pub fn subject(organization: Option<OrganizationId>, kind: &str, event: &str) -> String {
    let owner = organization.map_or_else(|| PLATFORM.to_owned(), |organization| organization.to_string());
    subject_under(&owner, kind, event)
}

/// The same with whatever stands for whose it is.
pub(crate) fn subject_under(owner: &str, kind: &str, event: &str) -> String {
    let happened = event.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')).unwrap_or(event);
    format!("gpuaas.{owner}.{kind}.{}", happened.replace('.', "_"))
}

/// What lies beside the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Beside {
    /// A detached body.
    Body(Hash),
    /// A blob.
    Blob(Hash),
    /// A signed checkpoint of this size.
    Checkpoint(u64),
}

impl Beside {
    /// The subject of a piece.
    pub(super) fn piece(&self, number: usize) -> String {
        match self {
            Self::Body(digest) => format!("{}.{digest}.{number}", Self::BODIES),
            Self::Blob(digest) => format!("gpuaas-blobs.blob.{digest}.{number}"),
            Self::Checkpoint(size) => format!("{}.{size}.{number}", Self::CHECKPOINTS),
        }
    }

    /// The subjects of all pieces.
    pub(super) fn any_piece(&self) -> String {
        let piece = self.piece(0);
        format!("{}*", piece.strip_suffix('0').unwrap_or(&piece))
    }

    /// Before the digests of bodies.
    pub(super) const BODIES: &str = "gpuaas-blobs.body";
    /// Before the sizes of checkpoints.
    pub(super) const CHECKPOINTS: &str = "gpuaas-blobs.checkpoint";

    /// Whether these bytes are what they should be. A checkpoint is signed, and nobody can
    /// tell by its size.
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Body(digest) => Hash::of_detached(bytes) == *digest,
            Self::Blob(digest) => Hash::of_blob(bytes) == *digest,
            Self::Checkpoint(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::TypedId as _;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_events_subject_names_whose_it_is_what_and_what_happened() {
        let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
        assert_eq!(
            subject(Some(organization), "project", "project.created"),
            format!("gpuaas.{organization}.project.created")
        );
        assert_eq!(subject(None, "node", "node.enrolled"), "gpuaas.platform.node.enrolled");
    }

    #[test]
    fn every_public_event_has_a_subject_of_four_tokens() {
        for listed in crate::types::all() {
            let subject = subject(None, listed.kind.as_str(), listed.event);
            assert_eq!(subject.split('.').count(), 4, "{subject}");
        }
    }

    #[test]
    fn a_generation_has_one_name() {
        assert_eq!(generation(&log_stream(12)), Some(12));
        for none in ["LOG_", "LOG_0", "LOG_01", "LOG_1a", "LOG_+1", "log_1", "EVENTS"] {
            assert_eq!(generation(none), None, "{none}");
        }
    }

    #[test]
    fn a_stream_that_leaves_no_number_for_the_next_is_no_generation() {
        assert_eq!(generation(&log_stream(LAST_GENERATION)), Some(LAST_GENERATION));
        for number in [LAST_GENERATION + 1, u64::MAX - 1, u64::MAX] {
            assert_eq!(generation(&log_stream(number)), None, "{number}");
        }
    }
}
