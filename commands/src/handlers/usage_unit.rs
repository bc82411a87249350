//! Commands on usage units.

use async_trait::async_trait;
use gpuaas_domain::id::{TypedId, UsageUnitId};
use gpuaas_domain::usage_unit::{self, Dimension, NAME_CLAIM, UsageUnit};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Lets a product report in a unit.
#[derive(Debug, Clone)]
pub struct RegisterUsageUnit {
    /// Unique name: `token_output`.
    pub name: String,
    /// The product: `token_factory`.
    pub product: String,
    /// What one of it is.
    pub description: String,
    /// What it counts.
    pub dimension: Dimension,
}

#[async_trait]
impl Command for RegisterUsageUnit {
    const NAME: &'static str = "usage_unit.register";
    type Aggregate = UsageUnit;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UsageUnitId, Refusal> {
        unit.authorize(Action::RegisterUsageUnit, Scope::Platform).await?;
        let id: UsageUnitId = unit.new_id();
        unit.take(None, NAME_CLAIM, "name", &self.name);
        let Self { name, product, description, dimension } = self.clone();
        let register = usage_unit::Command::Register { name, product, description, dimension };
        unit.decide::<UsageUnit>(id, None, register).await?;
        Ok(id)
    }
}

/// Takes no more usage in a unit.
#[derive(Debug, Clone)]
pub struct RetireUsageUnit {
    /// Which.
    pub id: UsageUnitId,
}

#[async_trait]
impl Command for RetireUsageUnit {
    const NAME: &'static str = "usage_unit.retire";
    type Aggregate = UsageUnit;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("usage_unit", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UsageUnitId, Refusal> {
        unit.authorize(Action::RetireUsageUnit, Scope::Platform).await?;
        unit.decide::<UsageUnit>(self.id, None, usage_unit::Command::Retire).await?;
        Ok(self.id)
    }
}
