//! What a file consists of.

/// The types of sections that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// `T`: what the export is of.
    Header,
    /// `B`: a blob or a detached body.
    Blob,
    /// `E`: an entry.
    Entry,
    /// `C`: a signed checkpoint.
    Checkpoint,
    /// `X`: the `log.heads_committed` at the size of an owner's export.
    Committed,
    /// `P`: proof that it is under the checkpoint's root.
    Inclusion,
    /// `H`: index of the owner's leaf, and proof that it is under the heads root.
    HeadProof,
    /// `Z`: the end.
    End,
}

impl SectionKind {
    /// The byte that stands for it.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Header => b'T',
            Self::Blob => b'B',
            Self::Entry => b'E',
            Self::Checkpoint => b'C',
            Self::Committed => b'X',
            Self::Inclusion => b'P',
            Self::HeadProof => b'H',
            Self::End => b'Z',
        }
    }

    /// The type that a byte stands for.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        [
            Self::Entry,
            Self::Blob,
            Self::Header,
            Self::Checkpoint,
            Self::Committed,
            Self::Inclusion,
            Self::HeadProof,
            Self::End,
        ]
        .into_iter()
        .find(|kind| kind.byte() == byte)
    }
}

/// A section that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section<'a> {
    /// Its type.
    pub kind: SectionKind,
    /// Its body.
    pub body: &'a [u8],
}
