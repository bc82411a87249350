//! The bytes of a segment: a first line, then sections as in an export
//! (`docs/log-format.md`, section 6) of three types. `B` are the blobs that the segment's
//! entries name, each once; `E` its entries, in order; `Z` the end.

use std::sync::Arc;

/// The first line.
const FIRST_LINE: &[u8] = b"gpuaas-log-segment/1\n";
/// Type and length.
const HEAD: usize = 5;

/// Entries that follow each other, with the blobs that they name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segment {
    /// The blobs.
    pub blobs: Vec<Arc<[u8]>>,
    /// The entries' bytes.
    pub entries: Vec<Arc<[u8]>>,
}

/// Why bytes are not a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SegmentError(pub &'static str);

impl Segment {
    /// The segment's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = self.blobs.iter().chain(&self.entries).map(|body| HEAD + body.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(FIRST_LINE.len() + length + HEAD);
        bytes.extend_from_slice(FIRST_LINE);
        for blob in &self.blobs {
            section(&mut bytes, b'B', blob);
        }
        for entry in &self.entries {
            section(&mut bytes, b'E', entry);
        }
        section(&mut bytes, b'Z', &[]);
        bytes
    }

    /// Reads a segment's bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, SegmentError> {
        let mut rest = bytes.strip_prefix(FIRST_LINE).ok_or(SegmentError("it is not a segment"))?;
        let mut segment = Self::default();
        loop {
            let (head, after) = rest.split_first_chunk::<HEAD>().ok_or(SegmentError("it is cut off"))?;
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let (body, after) = after.split_at_checked(length).ok_or(SegmentError("it is cut off"))?;
            rest = after;
            match head[0] {
                b'B' if segment.entries.is_empty() => segment.blobs.push(body.into()),
                b'E' => segment.entries.push(body.into()),
                b'Z' if body.is_empty() && rest.is_empty() => return Ok(segment),
                b'B' | b'Z' => return Err(SegmentError("its sections are not in order")),
                _ => return Err(SegmentError("it has a section of an unknown type")),
            }
        }
    }
}

/// Bodies are bounded far below 4 GiB: the log takes no larger append.
fn section(bytes: &mut Vec<u8>, kind: u8, body: &[u8]) {
    let length = u32::try_from(body.len()).expect("an entry or a blob is smaller than 4 GiB");
    bytes.push(kind);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_reads_what_it_writes_and_no_part_of_it() {
        let some = |byte: u8, length: usize| -> Arc<[u8]> { vec![byte; length].into() };
        let segment = Segment { blobs: vec![some(1, 3), some(2, 0)], entries: vec![some(3, 300), some(4, 1)] };
        let bytes = segment.encode();
        assert_eq!(Segment::decode(&bytes), Ok(segment));
        for length in 0..bytes.len() {
            assert!(Segment::decode(&bytes[..length]).is_err(), "{length}");
        }
        assert!(Segment::decode(&[&bytes[..], b"Z\0\0\0\0"].concat()).is_err());
        let unknown = Segment { blobs: Vec::new(), entries: vec![some(9, 1)] }.encode();
        let unknown: Vec<u8> = unknown.iter().map(|byte| if *byte == b'E' { b'e' } else { *byte }).collect();
        assert_eq!(Segment::decode(&unknown), Err(SegmentError("it has a section of an unknown type")));
    }
}
