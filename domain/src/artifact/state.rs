//! The state of an artifact, and its rules.

use serde::{Deserialize, Serialize};

use super::command::{Command, Rejection};
use super::event::{
    Event, Promoted, Published, Retired, Uploaded, VerificationFailed, VerificationFault, VerificationRequested,
    Verified,
};
use crate::aggregate::Aggregate;
use crate::id::ArtifactId;
use crate::node_protocol::task::{Image, ImageReference};
use crate::text;

/// An artifact that the registry has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// What it was said to be.
    pub uploaded: Uploaded,
    /// What the registry says.
    pub verified: Verified,
}

/// The state of an artifact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Artifact {
    /// No entry yet.
    #[default]
    Absent,
    /// The registry is being asked, or said no.
    Uploaded {
        /// What it is said to be.
        uploaded: Uploaded,
        /// What the registry said last.
        fault: Option<VerificationFault>,
    },
    /// The registry has it.
    Verified(Checked),
    /// It is offered.
    Published(Checked),
    /// It is launched.
    Promoted(Checked),
    /// It is not launched any more.
    Retired(Uploaded),
}

impl Artifact {
    /// What it is said to be, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Uploaded> {
        match self {
            Self::Absent => None,
            Self::Uploaded { uploaded, .. } | Self::Retired(uploaded) => Some(uploaded),
            Self::Verified(checked) | Self::Published(checked) | Self::Promoted(checked) => Some(&checked.uploaded),
        }
    }

    /// What the registry says; `None` if it has not, or it does not matter any more.
    #[must_use]
    pub fn checked(&self) -> Option<&Checked> {
        match self {
            Self::Absent | Self::Uploaded { .. } | Self::Retired(_) => None,
            Self::Verified(checked) | Self::Published(checked) | Self::Promoted(checked) => Some(checked),
        }
    }

    /// Succeeds if it can be launched.
    pub fn require_promoted(&self) -> Result<&Checked, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Retired(_) => Err(Rejection::Retired),
            Self::Promoted(checked) => Ok(checked),
            Self::Verified(_) | Self::Published(_) => Err(Rejection::Unpublished),
            Self::Uploaded { fault, .. } => Err(fault.map_or(Rejection::Unverified, Rejection::Faulty)),
        }
    }

    fn record(&self, answer: Result<Verified, VerificationFault>) -> Result<Vec<Event>, Rejection> {
        match (self, answer) {
            (Self::Absent, _) => Err(Rejection::Absent),
            (Self::Uploaded { .. }, Ok(verified)) => Ok(vec![verified.into()]),
            (Self::Uploaded { fault: known, .. }, Err(fault)) if *known == Some(fault) => Ok(vec![]),
            (Self::Uploaded { .. }, Err(fault)) => Ok(vec![VerificationFailed { fault }.into()]),
            // An answer that comes late changes nothing.
            (Self::Verified(_) | Self::Published(_) | Self::Promoted(_) | Self::Retired(_), _) => Ok(vec![]),
        }
    }

    fn publish(&self) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Verified(_) => Ok(vec![Published {}.into()]),
            Self::Published(_) | Self::Promoted(_) => Ok(vec![]),
            Self::Absent | Self::Uploaded { .. } | Self::Retired(_) => self.require_promoted().map(|_| vec![]),
        }
    }

    fn promote(&self) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Published(_) => Ok(vec![Promoted {}.into()]),
            Self::Promoted(_) => Ok(vec![]),
            Self::Absent | Self::Uploaded { .. } | Self::Verified(_) | Self::Retired(_) => {
                self.require_promoted().map(|_| vec![])
            }
        }
    }
}

impl Aggregate for Artifact {
    const KIND: &'static str = "artifact";
    type Id = ArtifactId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Upload(uploaded) => match self {
                Self::Absent => {
                    check(&uploaded)?;
                    Ok(vec![uploaded.into()])
                }
                Self::Uploaded { .. }
                | Self::Verified(_)
                | Self::Published(_)
                | Self::Promoted(_)
                | Self::Retired(_) => Err(Rejection::Exists),
            },
            Command::RequestVerification => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Uploaded { .. } => Ok(vec![VerificationRequested {}.into()]),
                Self::Verified(_) | Self::Published(_) | Self::Promoted(_) => Err(Rejection::Verified),
                Self::Retired(_) => Err(Rejection::Retired),
            },
            Command::RecordVerification(answer) => self.record(answer),
            Command::Publish => self.publish(),
            Command::Promote => self.promote(),
            Command::Retire => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Retired(_) => Ok(vec![]),
                Self::Uploaded { .. } | Self::Verified(_) | Self::Published(_) | Self::Promoted(_) => {
                    Ok(vec![Retired {}.into()])
                }
            },
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Uploaded(uploaded)) => Self::Uploaded { uploaded: uploaded.clone(), fault: None },
            (Self::Uploaded { uploaded, .. }, Event::VerificationRequested(_)) => {
                Self::Uploaded { uploaded, fault: None }
            }
            (Self::Uploaded { uploaded, .. }, Event::Verified(verified)) => {
                Self::Verified(Checked { uploaded, verified: verified.clone() })
            }
            (Self::Uploaded { uploaded, .. }, Event::VerificationFailed(failed)) => {
                Self::Uploaded { uploaded, fault: Some(failed.fault) }
            }
            (Self::Verified(checked), Event::Published(_)) => Self::Published(checked),
            (Self::Published(checked), Event::Promoted(_)) => Self::Promoted(checked),
            (state, Event::Retired(_)) => match state {
                Self::Absent => Self::Absent,
                Self::Uploaded { uploaded, .. } | Self::Retired(uploaded) => Self::Retired(uploaded),
                Self::Verified(checked) | Self::Published(checked) | Self::Promoted(checked) => {
                    Self::Retired(checked.uploaded)
                }
            },
            (
                state,
                Event::VerificationRequested(_)
                | Event::Verified(_)
                | Event::VerificationFailed(_)
                | Event::Published(_)
                | Event::Promoted(_),
            ) => state,
        }
    }
}

fn check(uploaded: &Uploaded) -> Result<(), Rejection> {
    text::slug("name", &uploaded.name)?;
    match &uploaded.image {
        Image::Registry(name) => ImageReference::parse(name).map(drop)?,
        Image::LocalImage(_) => {}
    }
    Ok(())
}
