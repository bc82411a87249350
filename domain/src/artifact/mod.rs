//! An artifact: an image that an app may run, by its digest.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Upload | `artifact.uploaded` | Uploaded |
//! | Uploaded | RequestVerification | `artifact.verification_requested` | Uploaded |
//! | Uploaded | RecordVerification, sound | `artifact.verified` | Verified |
//! | Uploaded | RecordVerification, faulty | `artifact.verification_failed`, or none for the same fault | Uploaded |
//! | Verified | Publish | `artifact.published` | Published |
//! | Published | Promote | `artifact.promoted` | Promoted |
//! | Published, Promoted | Publish; Promoted: Promote | none | unchanged |
//! | any but Absent | Retire | `artifact.retired`, or none the second time | Retired |
//!
//! The registry is asked outside, and its answer comes back as RecordVerification. Only
//! a promoted artifact is launched.

mod command;
mod event;
mod inspect;
mod select;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Rejection};
pub use event::{
    Accelerator, Event, Promoted, Published, Retired, Uploaded, VerificationFailed, VerificationFault,
    VerificationRequested, Verified,
};
pub use inspect::Inspection;
pub(crate) use select::is_named;
pub use select::{Candidate, select};
pub use state::{Artifact, Checked};
