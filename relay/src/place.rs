//! Which project a stream belongs to. Its first event says so, and it never changes.

use std::collections::HashMap;
use std::sync::Mutex;

use gpuaas_domain::id::{ProjectId, TypedId as _};
use gpuaas_domain::{AnyEvent, Kind};
use gpuaas_log::Log;
use gpuaas_log::append::StreamId;
use serde_json::Value;
use uuid::Uuid;

use crate::event::{self, Decoded};
use crate::feed::FeedError;
use crate::payload;

/// Streams that are remembered; beyond that the memory starts anew.
const REMEMBERED: usize = 100_000;

/// Where a first event names its project. A new kind that belongs to a project names it
/// in a field `project`.
const NAMED_AT: [&str; 3] = ["/project", "/grant/project/project", "/target/project"];

/// Where streams belong.
#[derive(Default)]
pub(crate) struct Places {
    known: Mutex<HashMap<Uuid, Option<ProjectId>>>,
}

impl Places {
    /// The project of a decoded entry's stream.
    pub(crate) async fn project(&self, log: &Log, decoded: &Decoded<'_>) -> Result<Option<ProjectId>, FeedError> {
        let stream = decoded.entry.stream;
        if let Some(known) = self.lock().get(&stream.id) {
            return Ok(*known);
        }
        let project = if decoded.entry.version == 1 { of_first(decoded) } else { look_up(log, decoded).await? };
        let mut known = self.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(stream.id, project);
        Ok(project)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Option<ProjectId>>> {
        self.known.lock().expect("nothing panics while it is held")
    }
}

async fn look_up(log: &Log, decoded: &Decoded<'_>) -> Result<Option<ProjectId>, FeedError> {
    let stream = StreamId::new(decoded.kind.as_str(), decoded.entry.stream.id);
    let first = log.read_stream(&stream, 0, 1).await?;
    let first = first.first().map(event::decode).transpose()?.flatten();
    Ok(first.as_ref().and_then(of_first))
}

fn of_first(decoded: &Decoded<'_>) -> Option<ProjectId> {
    if decoded.kind == Kind::Project {
        return Some(ProjectId::from_uuid(decoded.entry.stream.id));
    }
    named(decoded.event.as_ref()?)
}

/// The project that an event names.
fn named(event: &AnyEvent) -> Option<ProjectId> {
    let fields = payload::to_json(event).ok()?;
    NAMED_AT.iter().find_map(|at| fields.pointer(at).and_then(Value::as_str)?.parse().ok())
}

/// Whether events of a kind can be about a project, as far as their shapes tell.
pub(crate) fn can_be_in_project(kind: Kind) -> bool {
    let can_name = |shape: Value| NAMED_AT.iter().any(|at| can_have(&shape, at.trim_start_matches('/')));
    kind == Kind::Project || kind.schemas().iter().any(|entry| can_name((entry.shown_schema)().into()))
}

/// Whether what a schema describes can have something at a path.
fn can_have(schema: &Value, path: &str) -> bool {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let choices = ["anyOf", "oneOf", "allOf"].iter().filter_map(|choices| schema[*choices].as_array()).flatten();
    let field = schema["properties"].get(name);
    field.is_some_and(|field| rest.is_none_or(|rest| can_have(field, rest)))
        || choices.into_iter().any(|choice| can_have(choice, path))
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::{OrganizationId, UserId};
    use gpuaas_domain::membership::{Grant, Granted, OrganizationRole, ProjectRole};
    use gpuaas_domain::service_account::Created;

    use super::*;

    fn organization() -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(1))
    }

    fn project() -> ProjectId {
        ProjectId::from_uuid(Uuid::from_u128(2))
    }

    fn granted(grant: Grant) -> AnyEvent {
        let user = UserId::from_uuid(Uuid::from_u128(3));
        AnyEvent::Membership(Granted { organization: organization(), user, grant }.into())
    }

    #[test]
    fn a_first_event_names_its_project() {
        let created =
            Created { organization: organization(), project: project(), name: "ci".into(), role: ProjectRole::Viewer };
        let in_project = Grant::Project { project: project(), role: ProjectRole::Viewer };
        for event in [AnyEvent::ServiceAccount(created.into()), granted(in_project)] {
            assert_eq!(named(&event), Some(project()), "{event:?}");
        }
    }

    #[test]
    fn the_shape_of_events_tells_whether_they_can_be_about_a_project() {
        for kind in [Kind::Project, Kind::Membership, Kind::ServiceAccount, Kind::NodeTask, Kind::AppInstance] {
            assert!(can_be_in_project(kind), "{kind:?}");
        }
        for kind in [Kind::Organization, Kind::User, Kind::Token, Kind::Invoice, Kind::Webhook] {
            assert!(!can_be_in_project(kind), "{kind:?}");
        }
    }

    #[test]
    fn what_is_about_an_organization_is_about_no_project() {
        assert_eq!(named(&granted(Grant::Organization { role: OrganizationRole::Member })), None);
    }
}
