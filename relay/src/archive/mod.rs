//! The log in an object store: a folder, or anything that speaks the S3 API.
//!
//! ```text
//! segments/FIRST-LAST-DIGEST    entries FIRST to LAST and the blobs that they name
//! bodies/DIGEST                 one detached body, which can be erased
//! checkpoints/SIZE-DIGEST       a signed checkpoint, with the cosignatures that it had
//! ```
//!
//! An object is written once, read back and compared, and never changed. Only a body goes
//! away again: when the log says that it was erased. Segments end where checkpoints do, so
//! that any two archivers of a log write the same ones. The objects themselves say how far
//! an archiver came.
//!
//! What this is not for: judging what the entries say. Whoever restores from here verifies
//! everything (`gpuaas_log::restore`).

mod archiver;
mod error;
mod index;
mod name;
mod objects;
mod place;
mod segment;
mod source;

pub use archiver::Archiver;
pub use error::ArchiveError;
pub use objects::Objects;
pub use place::{Place, PlaceError};
pub use segment::{Segment, SegmentError};
pub use source::ArchiveSource;
