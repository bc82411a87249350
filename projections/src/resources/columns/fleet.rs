//! Nodes, how they enroll, what they are told and what they say.

use gpuaas_domain::attestation::Attestation;
use gpuaas_domain::enrollment::Enrollment;
use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::node::{Details, Node, Presence};
use gpuaas_domain::node_report::NodeReport;
use gpuaas_domain::node_task::{End, NodeTask, Progress};

use super::Columns;

/// An enrolled node is told apart by whether its agent is connected.
pub(super) fn node(state: &Node) -> Option<Columns> {
    let status = match state {
        Node::Absent => return None,
        Node::Registered { .. } => "registered",
        Node::Enrolled { details, .. } => presence(details),
        Node::Banned { .. } => "banned",
        Node::Removed { .. } => "removed",
    };
    Some(Columns::with_status(status).named(&state.details()?.name))
}

fn presence(details: &Details) -> &'static str {
    match details.presence {
        Presence::Never => "enrolled",
        Presence::Online { .. } => "online",
        Presence::Offline { .. } => "offline",
    }
}

/// Hangs on its node.
pub(super) fn enrollment(state: &Enrollment) -> Option<Columns> {
    let status = match state {
        Enrollment::Absent => return None,
        Enrollment::Open(_) => "open",
        Enrollment::Used { .. } => "used",
        Enrollment::Revoked(_) => "revoked",
    };
    Some(Columns::with_status(status).on(state.details()?.node.uuid()))
}

/// Hangs on its node, and is named for its kind.
pub(super) fn node_task(state: &NodeTask) -> Option<Columns> {
    let status = match state {
        NodeTask::Absent => return None,
        NodeTask::Open { progress, .. } => match progress {
            Progress::Queued => "queued",
            Progress::Delivered => "delivered",
            Progress::Running => "running",
        },
        NodeTask::Ended(ended) => match ended.end {
            End::Succeeded(_) => "succeeded",
            End::Failed(_) => "failed",
            End::Cancelled(_) => "cancelled",
        },
    };
    let queued = state.queued()?;
    let columns = Columns::with_status(status).on(queued.node.uuid()).named(queued.kind.as_str());
    Some(match &queued.target {
        Some(target) => columns.of_organization(target.organization).in_project(Some(target.project)),
        None => columns,
    })
}

/// Has its node's id.
pub(super) fn node_report(state: &NodeReport) -> Option<Columns> {
    match state {
        NodeReport::Absent => None,
        NodeReport::Open(_) => Some(Columns::with_status("open")),
        NodeReport::Forked(_) => Some(Columns::with_status("forked")),
    }
}

/// Has its allocation's id.
pub(super) fn attestation(state: &Attestation) -> Option<Columns> {
    match state {
        Attestation::Absent => None,
        Attestation::Recorded { organization, .. } => {
            Some(Columns::with_status("recorded").of_organization(*organization))
        }
    }
}
