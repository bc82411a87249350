//! Names of what a project has on nodes. Those names need not be unique: what is gone
//! gives its name up to what is there.

use gpuaas_domain::id::{AllocationId, InstanceId};
use gpuaas_sdk::{AllocationStatus, Client, InstancePhase, ListAllocationsQuery, ListAppInstancesQuery};

use super::{is_id, only};
use crate::client::pages;
use crate::output::Failure;

/// An id, or a name in the project.
pub(in crate::client) async fn allocation(client: &Client, project: &str, text: &str) -> Result<String, Failure> {
    if is_id::<AllocationId>(text) {
        return Ok(text.to_owned());
    }
    let found = pages::all(async |cursor| {
        let name = Some(text.to_owned());
        let query = ListAllocationsQuery { display_name: name, cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_allocations(project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    let is_there = |status| match status {
        AllocationStatus::Requested
        | AllocationStatus::Active
        | AllocationStatus::Releasing
        | AllocationStatus::Unknown => true,
        AllocationStatus::Released | AllocationStatus::Failed => false,
    };
    let found = found.await?.into_iter();
    only("allocation", text, found.map(|allocation| (allocation.id, is_there(allocation.status))).collect())
}

/// An id, or a name in the project.
pub(in crate::client) async fn app_instance(client: &Client, project: &str, text: &str) -> Result<String, Failure> {
    if is_id::<InstanceId>(text) {
        return Ok(text.to_owned());
    }
    let found = pages::all(async |cursor| {
        let name = Some(text.to_owned());
        let query = ListAppInstancesQuery { display_name: name, cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_app_instances(project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    let found = found.await?.into_iter();
    let is_there = |instance: &gpuaas_sdk::AppInstance| instance.status != InstancePhase::Decommissioned;
    only("instance", text, found.map(|instance| (instance.id.clone(), is_there(&instance))).collect())
}
