//! What projects have of nodes, and what runs there.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, InstanceId, SkuId, TypedId};
use gpuaas_domain::node::ReservedSlot;
use gpuaas_domain::node_protocol::task::LaunchValues;
use gpuaas_domain::{Kind, Timestamp, allocation, app_instance};

use super::catalog::{image, shape};
use super::{Chance, Step};

impl Chance {
    pub(super) fn workloads(&mut self) -> Option<Step> {
        match self.below(4) {
            0 => self.request_allocation(),
            1 => self.change_allocation(),
            2 => self.request_instance(),
            _ => self.change_instance(),
        }
    }

    fn request_allocation(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let requested = allocation::Requested {
            organization,
            project,
            display_name: self.slug(),
            sku: self.fresh::<SkuId>(),
            shape: shape(),
            wait_until: Some(Timestamp(7)),
            unplaced: Vec::new(),
            unplaced_nodes: 0,
        };
        let id: AllocationId = self.fresh();
        let command = allocation::Command::Request(requested);
        self.world.decide::<allocation::Allocation>(id, Some(organization.uuid()), command)
    }

    fn change_allocation(&mut self) -> Option<Step> {
        let id: AllocationId = self.any(Kind::Allocation)?;
        let known: allocation::Allocation = self.state(Kind::Allocation, id.uuid())?;
        let owner = known.requested()?.organization.uuid();
        let command = match self.below(5) {
            0 => allocation::Command::Release { now: Timestamp(9) },
            1 => allocation::Command::Expire { now: Timestamp(9) },
            2 => allocation::Command::Attach { instance: self.fresh(), cpu_cores: 1, memory_gib: 1, gpu_count: 0 },
            _ => allocation::Command::Place(allocation::Placed {
                at: Timestamp(8),
                node: self.any(Kind::Node)?,
                slots: vec![ReservedSlot { index: 0, generation: 1 }],
                gpus: vec![Text::new("GPU-1").unwrap()],
            }),
        };
        self.world.decide::<allocation::Allocation>(id, Some(owner), command)
    }

    fn request_instance(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let (_, app) = self.any_app()?;
        let requested = app_instance::Requested {
            organization,
            project,
            display_name: self.slug(),
            app,
            app_version: self.any(Kind::AppVersion)?,
            artifact: self.any(Kind::Artifact)?,
            image: image(),
            allocation: self.any(Kind::Allocation)?,
            node: self.any(Kind::Node)?,
            values: LaunchValues {
                cpu_millis: 1000,
                memory_bytes: 1 << 30,
                gpu_count: 0,
                processes: 100,
                temporary_bytes: 1 << 20,
            },
            endpoints: Vec::new(),
            launch: Digest([2; 32]),
        };
        let id: InstanceId = self.fresh();
        let command = app_instance::Command::Request(Box::new(requested));
        self.world.decide::<app_instance::AppInstance>(id, Some(organization.uuid()), command)
    }

    fn change_instance(&mut self) -> Option<Step> {
        let id: InstanceId = self.any(Kind::AppInstance)?;
        let known: app_instance::AppInstance = self.state(Kind::AppInstance, id.uuid())?;
        let owner = known.details()?.requested.organization.uuid();
        let command = match self.below(3) {
            0 => app_instance::Command::Cancel,
            1 => app_instance::Command::Stop,
            _ => app_instance::Command::QueueTask { task: self.fresh() },
        };
        self.world.decide::<app_instance::AppInstance>(id, Some(owner), command)
    }
}
