//! A SKU: what can be allocated, by name and shape. Its price stands in a price book.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `sku.created` | Active |
//! | Active | Retire | `sku.retired` | Retired |
//! | Retired | Retire | none | Retired |
//!
//! A shape never changes, because allocations and prices rest on it: another shape is
//! another SKU. The name is unique in the whole log, and stays taken after retiring.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::bounded::Text;
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::SkuId;
use crate::node::Architecture;
use crate::text::{self, MAX_DISPLAY_NAME, TextError};

/// Scope of the claim on a SKU's name.
pub const NAME_CLAIM: &str = "sku.name";

/// Most GPUs of a SKU: no node has more.
const MAX_GPUS: u16 = 64;
/// Most processors, and most GiB of memory: far above any node.
const MAX_SHARE: u32 = 65_536;

fields! {
    /// GPUs of one model.
    pub struct GpuShape {
        /// The driver's name of the model, `NVIDIA H200`.
        pub model: Text<80>,
        /// How many.
        pub count: u16,
    }

    /// What an allocation has.
    pub struct Shape {
        /// The processors' architecture.
        pub architecture: Architecture,
        /// Processors.
        pub cpu_cores: u32,
        /// Memory.
        pub memory_gib: u32,
        /// GPUs; `None`: none.
        pub gpu: Option<GpuShape>,
    }

    /// It can be allocated from here on.
    pub struct Created {
        /// Unique name for URLs.
        pub name: String,
        /// Name for people.
        pub display_name: String,
        /// What an allocation of it has.
        pub shape: Shape,
    }

    /// It cannot be allocated any more; what is allocated stays.
    pub struct Retired {}
}

impl Shape {
    /// Thousandths of a processor.
    #[must_use]
    pub fn cpu_millis(&self) -> u64 {
        u64::from(self.cpu_cores) * 1000
    }

    /// Memory in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_gib) << 30
    }

    /// How many GPUs.
    #[must_use]
    pub fn gpu_count(&self) -> u16 {
        self.gpu.as_ref().map_or(0, |gpu| gpu.count)
    }
}

events! {
    /// What can happen to a SKU.
    pub enum Event {
        /// It was created.
        Created(Created) = "sku.created", 1;
        /// It was retired.
        Retired(Retired) = "sku.retired", 1;
    }
}

/// What can be asked of a SKU.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Let it be allocated no more.
    Retire,
}

/// Why a SKU refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this SKU exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such SKU")]
    Absent,
    /// It is retired.
    #[error("this SKU is retired; choose another one")]
    Retired,
    /// Its shape is none.
    #[error("a shape has 1 to 65536 processors and GiB of memory, and 1 to 64 GPUs of a named model, or none")]
    Shape,
    /// A name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Retired => Code::SkuRetired,
            Self::Shape | Self::Text(_) => Code::InvalidField,
        }
    }
}

/// The state of a SKU.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Sku {
    /// No entry yet.
    #[default]
    Absent,
    /// It can be allocated.
    Active(Created),
    /// It cannot be allocated any more.
    Retired(Created),
}

impl Sku {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Created> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Retired(details) => Some(details),
        }
    }

    /// Succeeds if it can be allocated.
    pub fn require_active(&self) -> Result<&Created, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Retired(_) => Err(Rejection::Retired),
            Self::Active(details) => Ok(details),
        }
    }
}

impl Aggregate for Sku {
    const KIND: &'static str = "sku";
    type Id = SkuId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => {
                text::slug("name", &created.name)?;
                text::line("display_name", &created.display_name, MAX_DISPLAY_NAME)?;
                check(&created.shape)?;
                Ok(vec![created.into()])
            }
            (Self::Active(_) | Self::Retired(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Absent, Command::Retire) => Err(Rejection::Absent),
            (Self::Active(_), Command::Retire) => Ok(vec![Retired {}.into()]),
            (Self::Retired(_), Command::Retire) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(created)) => Self::Active(created.clone()),
            (Self::Active(details) | Self::Retired(details), Event::Retired(Retired {})) => Self::Retired(details),
            (Self::Absent, Event::Retired(Retired {})) => Self::Absent,
        }
    }
}

fn check(shape: &Shape) -> Result<(), Rejection> {
    let shares = [shape.cpu_cores, shape.memory_gib];
    let gpus = shape.gpu.as_ref().is_none_or(|gpu| (1..=MAX_GPUS).contains(&gpu.count) && !gpu.model.is_empty());
    let sound = gpus && shares.iter().all(|share| (1..=MAX_SHARE).contains(share));
    sound.then_some(()).ok_or(Rejection::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(gpu: Option<(&str, u16)>, cpu_cores: u32) -> Command {
        let gpu = gpu.map(|(model, count)| GpuShape { model: Text::new(model).unwrap(), count });
        let shape = Shape { architecture: Architecture::Amd64, cpu_cores, memory_gib: 8, gpu };
        Command::Create(Created { name: "h200-1".into(), display_name: "One H200".into(), shape })
    }

    #[test]
    fn a_retired_sku_stays_retired() {
        let active = Sku::default().evolve_all(&Sku::default().decide(create(Some(("NVIDIA H200", 1)), 4)).unwrap());
        assert!(active.require_active().is_ok());
        let retired = active.clone().evolve_all(&active.decide(Command::Retire).unwrap());
        assert!(matches!(retired.require_active(), Err(Rejection::Retired)));
        assert_eq!(retired.decide(Command::Retire).unwrap(), []);
        assert!(matches!(retired.decide(create(None, 4)), Err(Rejection::Exists)));
    }

    #[test]
    fn a_shape_without_substance_is_refused() {
        for bad in
            [create(Some(("NVIDIA H200", 0)), 4), create(Some(("", 1)), 4), create(None, 0), create(None, u32::MAX)]
        {
            assert!(matches!(Sku::default().decide(bad), Err(Rejection::Shape)));
        }
    }
}
