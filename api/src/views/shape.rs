//! What an allocation has, as SKUs offer it.

use gpuaas_domain::Code;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::Architecture;
use gpuaas_domain::sku::{GpuShape, Shape};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;

/// What an allocation has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Shape)]
pub struct ShapeView {
    /// The processors' architecture.
    #[schema(value_type = vocabulary::Architecture)]
    pub architecture: Architecture,
    /// Processors.
    #[schema(minimum = 1, maximum = 65_536)]
    pub cpu_cores: u32,
    /// Memory, in GiB.
    #[schema(minimum = 1, maximum = 65_536)]
    pub memory_gib: u32,
    /// GPUs; null: none.
    pub gpu: Option<GpuShapeView>,
}

/// GPUs of one model.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GpuShape)]
pub struct GpuShapeView {
    /// The driver's name of the model.
    #[schema(min_length = 1, max_length = 80, pattern = "^[!-~]([ -~]*[!-~])?$", example = "NVIDIA H200")]
    pub model: String,
    /// How many.
    #[schema(minimum = 1, maximum = 64)]
    pub count: u16,
}

impl From<&Shape> for ShapeView {
    fn from(shape: &Shape) -> Self {
        let gpu = shape.gpu.as_ref();
        Self {
            architecture: shape.architecture,
            cpu_cores: shape.cpu_cores,
            memory_gib: shape.memory_gib,
            gpu: gpu.map(|GpuShape { model, count }| GpuShapeView { model: model.to_string(), count: *count }),
        }
    }
}

impl TryFrom<ShapeView> for Shape {
    type Error = Problem;

    fn try_from(view: ShapeView) -> Result<Self, Problem> {
        let ShapeView { architecture, cpu_cores, memory_gib, gpu } = view;
        let gpu = gpu.map(|GpuShapeView { model, count }| {
            let refused =
                || Problem::at(Code::InvalidField, "shape.gpu.model", "send 1 to 80 ASCII characters, one line");
            let sound = model.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && model.trim() == model;
            let model = Text::new(model).ok().filter(|model| sound && !model.is_empty()).ok_or_else(refused)?;
            Ok::<_, Problem>(GpuShape { model, count })
        });
        Ok(Self { architecture, cpu_cores, memory_gib, gpu: gpu.transpose()? })
    }
}
