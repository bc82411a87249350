//! Where tiles and bundles are published, under `<prefix>/tile/` (C2SP `tlog-tiles` 1.0).

use std::fmt;
use std::str::FromStr;

use super::{TILE_WIDTH, TileId};
use crate::checkpoint::decimal;

/// Most levels that a path may name.
const MAX_LEVEL: u8 = 63;
/// Most parts of an index: more than any log has tiles.
const MAX_PARTS: usize = 6;
/// Numbers in a part of an index.
const PART: u64 = 1_000;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// A tile of hashes.
    Hashes(TileId),
    /// The bundle of entries with this index.
    Entries(u64),
}

/// A path: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// What it names.
    pub published: Published,
    /// How many hashes or entries of it: 1 to 256.
    pub width: u64,
}

/// A text is not such a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile: <L>/<N> or entries/<N>, as in 0/x001/234.p/5")]
pub struct TilePathError;

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let (what, rest) = path.split_once('/').ok_or(TilePathError)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, decimal(width).filter(|width| (1..TILE_WIDTH).contains(width))),
            None => (rest, Some(TILE_WIDTH)),
        };
        let index = parse_index(index).ok_or(TilePathError)?;
        let published = match what {
            "entries" => Published::Entries(index),
            level => {
                let level = decimal(level).and_then(|level| u8::try_from(level).ok());
                let level = level.filter(|level| *level <= MAX_LEVEL).ok_or(TilePathError)?;
                Published::Hashes(TileId { level, index })
            }
        };
        Ok(Self { published, width: width.ok_or(TilePathError)? })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = match self.published {
            Published::Hashes(TileId { level, index }) => {
                write!(f, "{level}/")?;
                index
            }
            Published::Entries(index) => {
                f.write_str("entries/")?;
                index
            }
        };
        write_index(f, index)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Parts of three digits, all but the last behind an `x`.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let mut parts = Vec::new();
    let mut left = index / PART;
    while left > 0 {
        parts.push(left % PART);
        left /= PART;
    }
    parts.iter().rev().try_for_each(|part| write!(f, "x{part:03}/"))?;
    write!(f, "{:03}", index % PART)
}

fn parse_index(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split('/').collect();
    let (last, before) = parts.split_last()?;
    // One index has one path.
    if parts.len() > MAX_PARTS || before.first() == Some(&"x000") {
        return None;
    }
    let before = before.iter().map(|part| part.strip_prefix('x'));
    before.chain([Some(*last)]).try_fold(0, |index, digits| {
        let digits = digits.filter(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(index * PART + digits.parse::<u64>().ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(level: u8, index: u64, width: u64) -> TilePath {
        TilePath { published: Published::Hashes(TileId { level, index }), width }
    }

    #[test]
    fn a_path_is_that_of_the_specification() {
        for (path, printed) in [
            (hashes(0, 1_234_067, 256), "0/x001/x234/067"),
            (hashes(1, 0, 17), "1/000.p/17"),
            (hashes(63, 999, 255), "63/999.p/255"),
            (hashes(2, 1_000, 1), "2/x001/000.p/1"),
            (TilePath { published: Published::Entries(12_000), width: 256 }, "entries/x012/000"),
            (hashes(0, 999_999_999_999_999_999, 256), "0/x999/x999/x999/x999/x999/999"),
        ] {
            assert_eq!(path.to_string(), printed);
            assert_eq!(printed.parse(), Ok(path));
        }
    }

    #[test]
    fn another_spelling_of_a_path_is_none() {
        for bad in [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "00/000",
            "64/000",
            "-1/000",
            "+1/000",
            "0/x000/001",
            "0/001/002",
            "0/x001/x002",
            "0/x01/002",
            "0/x001//002",
            "0/000.p",
            "0/000.p/",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/5/",
            "data/000",
            "entries/",
            "entries/000/",
            "8/0/000",
            "0/x001/00a",
            "0/x001/x001/x001/x001/x001/x001/001",
            "0/٠٠٠",
        ] {
            assert_eq!(bad.parse::<TilePath>(), Err(TilePathError), "{bad}");
        }
    }
}
