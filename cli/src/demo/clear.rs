//! The end of whatever is billed: every workload decommissioned, every allocation released.

use anyhow::Result;
use gpuaas_sdk::{
    AllocationStatus, Client, InstancePhase, ListAllocationsQuery, ListAppInstancesQuery, ListOrganizationsQuery,
    ListProjectsQuery,
};

use super::stage::{once, until_allocation, until_instance};

/// What was ended.
#[derive(Debug, Default)]
pub(super) struct Cleared {
    /// Workloads that were decommissioned.
    pub(super) instances: Vec<String>,
    /// Allocations that were released.
    pub(super) allocations: Vec<String>,
}

/// Ends everything in every project.
pub(super) async fn clear(operator: &Client) -> Result<Cleared> {
    let mut cleared = Cleared::default();
    for organization in operator.list_organizations(&ListOrganizationsQuery::default()).await?.value.items {
        let projects = operator.list_projects(&organization.id, &ListProjectsQuery::default()).await?.value.items;
        for project in projects {
            clear_project(operator, &project.id, &mut cleared).await?;
        }
    }
    Ok(cleared)
}

async fn clear_project(operator: &Client, project: &str, cleared: &mut Cleared) -> Result<()> {
    let instances = operator.list_app_instances(project, &ListAppInstancesQuery::default()).await?.value.items;
    for instance in instances.into_iter().filter(|instance| instance.status != InstancePhase::Decommissioned) {
        operator.decommission_app_instance(project, &instance.id, &once()).await?;
        until_instance(operator, &instance, InstancePhase::Decommissioned).await?;
        cleared.instances.push(instance.id);
    }
    let allocations = operator.list_allocations(project, &ListAllocationsQuery::default()).await?.value.items;
    let ended = [AllocationStatus::Released, AllocationStatus::Failed];
    for allocation in allocations.into_iter().filter(|allocation| !ended.contains(&allocation.status)) {
        operator.release_allocation(project, &allocation.id, &once()).await?;
        until_allocation(operator, &allocation, AllocationStatus::Released).await?;
        cleared.allocations.push(allocation.id);
    }
    Ok(())
}
