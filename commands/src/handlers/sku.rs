//! Commands on SKUs.

use async_trait::async_trait;
use gpuaas_domain::id::{SkuId, TypedId};
use gpuaas_domain::sku::{self, Created, NAME_CLAIM, Shape, Sku};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Lets something be allocated.
#[derive(Debug, Clone)]
pub struct CreateSku {
    /// Unique name for URLs.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// What an allocation of it has.
    pub shape: Shape,
}

#[async_trait]
impl Command for CreateSku {
    const NAME: &'static str = "sku.create";
    type Aggregate = Sku;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<SkuId, Refusal> {
        unit.authorize(Action::CreateSku, Scope::Platform).await?;
        let id: SkuId = unit.new_id();
        unit.take(None, NAME_CLAIM, "name", &self.name);
        let Self { name, display_name, shape } = self.clone();
        unit.decide::<Sku>(id, None, sku::Command::Create(Created { name, display_name, shape })).await?;
        Ok(id)
    }
}

/// Lets it be allocated no more.
#[derive(Debug, Clone)]
pub struct RetireSku {
    /// Which.
    pub id: SkuId,
}

#[async_trait]
impl Command for RetireSku {
    const NAME: &'static str = "sku.retire";
    type Aggregate = Sku;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("sku", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<SkuId, Refusal> {
        unit.authorize(Action::RetireSku, Scope::Platform).await?;
        unit.decide::<Sku>(self.id, None, sku::Command::Retire).await?;
        Ok(self.id)
    }
}
