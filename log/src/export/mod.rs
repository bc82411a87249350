//! Export files: sections of a type, a length and a body (format, section 6).
//!
//! [`WholeWriter`] and [`OwnerWriter`] write them; [`SectionReader`] reads them and
//! keeps to the order of the sections. What the sections hold is for [`crate::verify`]
//! to judge: whoever imports a file verifies it first.

mod grammar;
mod header;
mod reader;
mod section;
mod writer;

pub use header::{ExportKind, Header};
pub use reader::{Chunk, Ending, SectionReader};
pub use section::{Section, SectionKind};
pub use writer::{OwnerWriter, WholeWriter};

/// The first line of a file.
pub const FIRST_LINE: &[u8] = b"gpuaas-log-export/1\n";
