//! What projects have of nodes, and what runs there.

use gpuaas_domain::allocation::{Allocation, Placed};
use gpuaas_domain::app_instance::AppInstance;
use gpuaas_domain::id::TypedId as _;

use super::Columns;

/// Hangs on the node that it has, or had, slots of.
pub(super) fn allocation(state: &Allocation) -> Option<Columns> {
    let (status, placed) = match state {
        Allocation::Absent => return None,
        Allocation::Requested(_) => ("requested", None),
        Allocation::Active(active) => ("active", Some(&active.placed)),
        Allocation::Releasing(active) => ("releasing", Some(&active.placed)),
        Allocation::Released { placed, .. } => ("released", placed.as_ref()),
        Allocation::Failed { .. } => ("failed", None),
    };
    let requested = state.requested()?;
    let columns = Columns::with_status(status).of_organization(requested.organization);
    let columns = columns.in_project(Some(requested.project)).named(&requested.display_name);
    Some(Columns { parent: placed.map(|Placed { node, .. }| node.uuid()), ..columns })
}

/// Hangs on its allocation.
pub(super) fn app_instance(state: &AppInstance) -> Option<Columns> {
    match state {
        AppInstance::Absent => None,
        AppInstance::Present(instance) => {
            let requested = &instance.requested;
            let columns = Columns::with_status(instance.phase.as_str()).of_organization(requested.organization);
            let columns = columns.in_project(Some(requested.project)).on(requested.allocation.uuid());
            Some(columns.named(&requested.display_name))
        }
    }
}
