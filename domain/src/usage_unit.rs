//! A unit in which a product measures what its customers use: registered first, reported in
//! afterwards ([`crate::usage_event`]).
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Register | `usage_unit.registered` | Registered |
//! | Registered | Retire | `usage_unit.retired` | Retired |
//! | Retired | Retire | none | Retired |
//!
//! The name is unique in the whole log. What was reported in a retired unit stays.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields, words};
use crate::id::UsageUnitId;
use crate::label::Label;
use crate::text::{self, TextError};

/// Scope of the claim on a unit's name.
pub const NAME_CLAIM: &str = "usage_unit.name";
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 200;

words! {
    /// What a unit counts.
    pub enum Dimension {
        /// Things, one by one: requests, tokens.
        Count = "count",
        /// Time.
        Seconds = "seconds",
        /// Data.
        Bytes = "bytes",
    }
}

fields! {
    /// Usage can be reported in the unit from here on.
    pub struct Registered {
        /// Unique name: `token_output`.
        pub name: Label<64>,
        /// The product that reports in it: `token_factory`.
        pub product: Label<64>,
        /// What one of it is.
        pub description: String,
        /// What it counts.
        pub dimension: Dimension,
    }

    /// No usage can be reported in it from here on.
    pub struct Retired {}
}

events! {
    /// What can happen to a usage unit.
    pub enum Event {
        /// It was registered.
        Registered(Registered) = "usage_unit.registered", 1;
        /// It was retired.
        Retired(Retired) = "usage_unit.retired", 1;
    }
}

/// What can be asked of a usage unit.
#[derive(Debug, Clone)]
pub enum Command {
    /// Register it.
    Register {
        /// Unique name.
        name: String,
        /// The product that reports in it.
        product: String,
        /// What one of it is.
        description: String,
        /// What it counts.
        dimension: Dimension,
    },
    /// Take no more usage in it.
    Retire,
}

/// Why a usage unit refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this usage unit exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such usage unit")]
    Absent,
    /// Something names it that needs it, and it is not there.
    #[error("there is no such usage unit; register it first")]
    Unknown,
    /// It is retired.
    #[error("this usage unit is retired; report in another one")]
    Retired,
    /// A name or the description is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Unknown => Code::UsageUnitUnknown,
            Self::Retired => Code::UsageUnitRetired,
            Self::Text(_) => Code::InvalidField,
        }
    }
}

/// The state of a usage unit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum UsageUnit {
    /// No entry yet.
    #[default]
    Absent,
    /// Usage can be reported in it.
    Registered(Registered),
    /// No usage can be reported in it.
    Retired(Registered),
}

impl UsageUnit {
    /// What it is, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Registered> {
        match self {
            Self::Absent => None,
            Self::Registered(details) | Self::Retired(details) => Some(details),
        }
    }

    /// Succeeds if usage can be reported in it.
    pub fn require_registered(&self) -> Result<&Registered, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Unknown),
            Self::Registered(details) => Ok(details),
            Self::Retired(_) => Err(Rejection::Retired),
        }
    }
}

impl Aggregate for UsageUnit {
    const KIND: &'static str = "usage_unit";
    type Id = UsageUnitId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Register { name, product, description, dimension }) => {
                let (name, product) = (Label::new("name", name)?, Label::new("product", product)?);
                text::line("description", &description, MAX_DESCRIPTION)?;
                Ok(vec![Registered { name, product, description, dimension }.into()])
            }
            (Self::Registered(_) | Self::Retired(_), Command::Register { .. }) => Err(Rejection::Exists),
            (Self::Absent, Command::Retire) => Err(Rejection::Absent),
            (Self::Registered(_), Command::Retire) => Ok(vec![Retired {}.into()]),
            (Self::Retired(_), Command::Retire) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Registered(registered)) => Self::Registered(registered.clone()),
            (Self::Registered(details), Event::Retired(Retired {})) => Self::Retired(details),
            (state @ (Self::Absent | Self::Retired(_)), Event::Retired(_)) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(name: &str) -> Command {
        let (product, description) = ("token_factory".into(), "An output token".into());
        Command::Register { name: name.into(), product, description, dimension: Dimension::Count }
    }

    #[test]
    fn a_unit_is_registered_once_and_can_be_retired() {
        let unit = UsageUnit::default().evolve_all(&UsageUnit::default().decide(register("token_output")).unwrap());
        assert!(unit.require_registered().is_ok());
        assert!(matches!(unit.decide(register("token_output")), Err(Rejection::Exists)));
        let retired = unit.clone().evolve_all(&unit.decide(Command::Retire).unwrap());
        assert!(matches!(retired.require_registered(), Err(Rejection::Retired)));
        assert_eq!(retired.decide(Command::Retire).unwrap(), []);
    }

    #[test]
    fn a_unit_that_is_not_registered_says_so() {
        assert!(matches!(UsageUnit::default().require_registered(), Err(Rejection::Unknown)));
    }

    #[test]
    fn a_name_is_a_label() {
        assert!(matches!(UsageUnit::default().decide(register("token output")), Err(Rejection::Text(_))));
    }
}
