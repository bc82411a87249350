//! What goes through a tunnel, once its request was upgraded: frames of one byte that says
//! what it is, the length as four bytes big-endian, and that many bytes. One connection
//! carries one tunnel.

use crate::bounded::Text;

/// The protocol's name in the `Upgrade` header.
pub const UPGRADE: &str = "gpuaas-tunnel/1";
/// Bytes before a frame's content.
pub const HEADER: usize = 5;
/// Most bytes of a frame's content.
pub const MAX_CONTENT: usize = 64 * 1024;

/// Why a frame cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The first byte is none of the known ones.
    #[error("unknown kind of tunnel frame {0}")]
    Kind(u8),
    /// It is longer than it may be.
    #[error("a tunnel frame of {0} bytes, where {MAX_CONTENT} are allowed")]
    Length(u32),
    /// Its content is not what its kind has.
    #[error("a tunnel frame whose content cannot be read")]
    Content,
}

/// Kinds of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// The agent's first: the workload took the connection. No content.
    Opened,
    /// The agent's first and last: it did not. The content is a sentence.
    Refused,
    /// Bytes.
    Data,
    /// This side sends no more bytes. No content.
    Finished,
}

impl FrameKind {
    const ALL: [(u8, Self); 4] = [(1, Self::Opened), (2, Self::Refused), (3, Self::Data), (4, Self::Finished)];

    fn byte(self) -> u8 {
        match self {
            Self::Opened => 1,
            Self::Refused => 2,
            Self::Data => 3,
            Self::Finished => 4,
        }
    }
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The workload took the connection.
    Opened,
    /// It did not.
    Refused(Text<300>),
    /// Bytes, at most [`MAX_CONTENT`].
    Data(Vec<u8>),
    /// This side sends no more bytes.
    Finished,
}

impl Frame {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, content): (FrameKind, &[u8]) = match self {
            Self::Opened => (FrameKind::Opened, &[]),
            Self::Refused(reason) => (FrameKind::Refused, reason.as_bytes()),
            Self::Data(bytes) => (FrameKind::Data, bytes),
            Self::Finished => (FrameKind::Finished, &[]),
        };
        let mut bytes = Vec::with_capacity(HEADER + content.len());
        bytes.push(kind.byte());
        bytes.extend(u32::try_from(content.len()).expect("content is at most 64 KiB").to_be_bytes());
        bytes.extend(content);
        bytes
    }

    /// What a header announces: the kind, and how many bytes follow.
    pub fn announced(header: [u8; HEADER]) -> Result<(FrameKind, usize), FrameError> {
        let [kind, length @ ..] = header;
        let known = FrameKind::ALL.iter().find(|(byte, _)| *byte == kind).ok_or(FrameError::Kind(kind))?;
        let length = u32::from_be_bytes(length);
        let fits = usize::try_from(length).ok().filter(|length| *length <= MAX_CONTENT);
        Ok((known.1, fits.ok_or(FrameError::Length(length))?))
    }

    /// A frame of an announced kind.
    pub fn decode(kind: FrameKind, content: Vec<u8>) -> Result<Self, FrameError> {
        match kind {
            FrameKind::Opened if content.is_empty() => Ok(Self::Opened),
            FrameKind::Finished if content.is_empty() => Ok(Self::Finished),
            FrameKind::Opened | FrameKind::Finished => Err(FrameError::Content),
            FrameKind::Data => Ok(Self::Data(content)),
            FrameKind::Refused => {
                let reason = String::from_utf8(content).map_err(|_| FrameError::Content)?;
                Text::new(reason).map(Self::Refused).map_err(|_| FrameError::Content)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let refused = Frame::Refused(Text::new("no").unwrap());
        for frame in [Frame::Opened, refused, Frame::Data(vec![0, 1, 2]), Frame::Finished] {
            let bytes = frame.encode();
            let (kind, length) = Frame::announced(bytes[..HEADER].try_into().unwrap()).unwrap();
            assert_eq!(length, bytes.len() - HEADER);
            assert_eq!(Frame::decode(kind, bytes[HEADER..].to_vec()), Ok(frame));
        }
    }

    #[test]
    fn an_unknown_or_over_long_frame_is_refused() {
        assert_eq!(Frame::announced([9, 0, 0, 0, 0]), Err(FrameError::Kind(9)));
        assert_eq!(Frame::announced([3, 0, 1, 0, 1]), Err(FrameError::Length(65537)));
        assert_eq!(Frame::decode(FrameKind::Opened, vec![1]), Err(FrameError::Content));
    }
}
