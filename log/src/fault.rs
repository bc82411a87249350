//! What a verifier answers when a log is not good (format, section 7).

use std::fmt;

/// What is wrong. The first seventeen stand in the order in which they are checked on
/// an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// An entry of another format number.
    Format,
    /// Bytes that are not canonical, or not of an entry's shape.
    Encoding,
    /// The first entry is not a good `log.created`, or another stands elsewhere.
    Genesis,
    /// A position that is not the next.
    Position,
    /// A time before the entry before.
    Time,
    /// `prev` is not the hash of the entry before.
    Chain,
    /// The owner's sequence or chain does not go on.
    OwnerChain,
    /// A stream of another owner than it may have.
    StreamOwner,
    /// An event that was not declared, or a declaration that is malformed or repeated.
    Event,
    /// A version that is not the stream's next.
    StreamVersion,
    /// An append that does not hang together, or a command that was there before.
    Append,
    /// An idempotency hash that was there before.
    Idempotency,
    /// A guarded stream that was at another version.
    Guard,
    /// A cause that is not an earlier entry.
    Cause,
    /// A name that was not free to take, or not the stream's to release.
    Claim,
    /// Heads that are not the owners' last entries.
    Heads,
    /// A blob or detached body that is missing, not named, or not what it should be.
    Blob,
    /// Entries, checkpoint or end are missing.
    Truncated,
    /// A root that is not the one over the entries.
    Root,
    /// A checkpoint that the keys in force did not sign.
    Signature,
    /// A checkpoint that cannot be read or may not stand there.
    Checkpoint,
    /// Not an export, or its sections are not in order.
    File,
    /// Bytes after the end.
    Trailing,
}

impl FaultKind {
    /// The name that the format gives it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// What it means, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        self.texts().1
    }

    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Format => ("format", "The entry is of another format; a newer program is needed to check it."),
            Self::Encoding => ("encoding", "The bytes are not a canonical entry."),
            Self::Genesis => ("genesis", "The log does not begin as it should, or begins twice."),
            Self::Position => ("position", "An entry is missing, doubled or out of order."),
            Self::Time => ("time", "The entry was recorded before the one that precedes it."),
            Self::Chain => ("chain", "The entry does not follow from the one before: one of them was altered."),
            Self::OwnerChain => ("owner_chain", "The entry does not follow from its owner's previous one."),
            Self::StreamOwner => ("stream_owner", "The stream belongs to another owner, or may not have this one."),
            Self::Event => ("event", "The event was not declared, or it is a declaration that cannot stand here."),
            Self::StreamVersion => ("stream_version", "A version of the stream is missing or doubled."),
            Self::Append => ("append", "The entries of one command do not hang together, or the command came twice."),
            Self::Idempotency => ("idempotency", "The same request was accepted twice."),
            Self::Guard => ("guard", "A stream that the decision rested on was at another version."),
            Self::Cause => ("cause", "The entry names a cause that does not precede it."),
            Self::Claim => ("claim", "A unique name was taken twice, or released by a stream that did not hold it."),
            Self::Heads => ("heads", "The committed heads are not the owners' last entries."),
            Self::Blob => {
                ("blob", "A blob or detached body is missing, belongs to no entry, or is not what was named.")
            }
            Self::Truncated => ("truncated", "Entries, the checkpoint or the end of the file are missing."),
            Self::Root => ("root", "A checkpoint's root is not the one over the entries."),
            Self::Signature => ("signature", "A checkpoint is not signed by the keys in force."),
            Self::Checkpoint => ("checkpoint", "A checkpoint cannot be read, or may not stand there."),
            Self::File => ("file", "The file is not an export, or its sections are not in order."),
            Self::Trailing => ("trailing", "Bytes follow the end of the export."),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first thing that is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{kind} at {position}: {}", kind.sentence())]
pub struct Fault {
    /// Number of entries before it, plus one; for a fault of the whole, the last entry.
    pub position: u64,
    /// What is wrong.
    pub kind: FaultKind,
}
