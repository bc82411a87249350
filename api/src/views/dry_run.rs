//! What a dry run answers, whatever was tried: the events that would be written, and the
//! checks that would fail.

use gpuaas_commands::{Refusal, Trial};
use gpuaas_domain::Kind;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::append::{Append, NewEvent, NewPayload, StreamAppend};
use gpuaas_log::declaration::{KEYS_CHANGED, LOG_KIND};
use gpuaas_relay::event;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::vocabulary;
use crate::http::problem::FieldProblem;
use crate::http::{Problem, status};

/// What would happen. Nothing was appended, no key was made, and no answer is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct DryRun {
    /// Whether the request would be accepted without `dry_run`, if nothing changes until then.
    pub would_succeed: bool,
    /// What would be written, in order; empty where nothing would change.
    pub events: Vec<TriedEvent>,
    /// The ids of the access rules that allow it.
    pub rules: Vec<String>,
    /// The checks that would fail. Where a command is decided by rules one after the other,
    /// those behind the first that fails are not made.
    pub failed_checks: Vec<FailedCheck>,
}

/// An event that would be written. New ids are other ones each time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedEvent {
    /// What would happen: `project.created`.
    pub event: String,
    /// Version of the payload's shape.
    pub schema: u64,
    /// Kind of the resource.
    pub kind: String,
    /// The resource.
    pub resource: String,
    /// The version that it would have.
    pub version: u64,
    /// Whose it is; absent: the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// Its fields. Sealed ones name the person and hold nothing: no key is made for a dry run.
    #[schema(value_type = Object)]
    pub payload: Value,
}

/// A check that would refuse the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedCheck {
    /// Stable code; `schemas/errors.yaml` lists all.
    #[schema(example = "name_taken")]
    pub code: String,
    /// The status that the request would be refused with.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// A sentence that says what to do.
    pub message: String,
    /// Whether the same request may succeed later, unchanged.
    pub retryable: bool,
    /// What is wrong field by field; empty where it cannot be told.
    pub fields: Vec<FieldProblem>,
}

impl DryRun {
    /// What a command's dry run came to.
    pub fn of(trial: &Trial) -> Result<Self, Problem> {
        let failed_checks: Vec<FailedCheck> = trial.failed.iter().cloned().map(FailedCheck::from).collect();
        let events = trial.append.as_ref().map(events).transpose()?.unwrap_or_default();
        let decision = trial.append.as_ref().and_then(|append| append.metadata.decision.as_ref());
        let rules = decision.map(|decision| decision.rules.clone()).unwrap_or_default();
        Ok(Self { would_succeed: failed_checks.is_empty(), events, rules, failed_checks })
    }

    /// What the dry run of a change of the log's keys came to. No key is made for it, and the
    /// log itself counts its versions.
    #[must_use]
    pub fn of_keys(log: Uuid, rules: Vec<String>) -> Self {
        let event = TriedEvent {
            event: KEYS_CHANGED.to_owned(),
            schema: 1,
            kind: LOG_KIND.to_owned(),
            resource: log.to_string(),
            version: 0,
            organization_id: None,
            payload: serde_json::json!({}),
        };
        Self { would_succeed: true, events: vec![event], rules, failed_checks: Vec::new() }
    }

    /// What the dry run of a refused request came to.
    #[must_use]
    pub fn refused(problem: &Problem) -> Self {
        let failed_checks = vec![FailedCheck::of(problem)];
        Self { would_succeed: false, events: Vec::new(), rules: Vec::new(), failed_checks }
    }
}

impl FailedCheck {
    fn of(problem: &Problem) -> Self {
        let (status, retryable) = status::of(problem.code);
        Self {
            code: problem.code.as_str().to_owned(),
            status: status.as_u16(),
            message: problem.message.clone().into_owned(),
            retryable,
            fields: problem.fields.clone(),
        }
    }
}

impl From<Refusal> for FailedCheck {
    fn from(refusal: Refusal) -> Self {
        Self::of(&refusal.into())
    }
}

fn events(append: &Append) -> Result<Vec<TriedEvent>, Problem> {
    let streams = append.streams.iter();
    let events = streams.flat_map(|stream| (stream.expected + 1..).zip(&stream.events).map(move |each| (stream, each)));
    events.map(|(stream, (version, event))| tried(stream, version, event)).collect()
}

fn tried(stream: &StreamAppend, version: u64, new: &NewEvent) -> Result<TriedEvent, Problem> {
    let StreamAppend { stream, owner, .. } = stream;
    let kind = Kind::parse(&stream.kind);
    let kind = kind.ok_or_else(|| Problem::internal(format_args!("{stream} is of an unknown kind")))?;
    let (NewPayload::Inline(payload) | NewPayload::Detached(payload)) = &new.payload;
    Ok(TriedEvent {
        event: new.event.to_string(),
        schema: new.schema,
        kind: kind.as_str().to_owned(),
        resource: kind.print_id(stream.id),
        version,
        organization_id: owner.map(OrganizationId::from_uuid),
        payload: event::fields(kind, &new.event, new.schema, payload).map_err(Problem::internal)?,
    })
}
