//! The audit trail: who did what to what, when, and by which rules.

use gpuaas_commands::audit::{self, Registered};
use gpuaas_domain::Kind;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_projections::audit::{Event, Outcome, Record};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::vocabulary;

/// Lines of records, as CSV or JSON lines.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct AuditExport(pub Vec<u8>);

/// What one command did, as far as it belongs to one owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub struct RecordView {
    /// The first of its entries in the log.
    pub position: u64,
    /// When.
    #[schema(format = DateTime)]
    pub recorded_at: String,
    /// Whose the entries are; absent: the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// Who did it.
    pub actor: ActorView,
    /// The command; for a denial, what was denied.
    #[schema(example = "project.create")]
    pub action: String,
    /// Whether it is privileged: denials of it are recorded.
    pub privileged: bool,
    /// What it was done to.
    pub target: TargetView,
    /// How it ended.
    pub result: AuditResult,
    /// How often the same was denied again within the minute; absent where nothing was denied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_again: Option<u64>,
    /// The access rules that decided; absent for policies and the system, which need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionView>,
    /// The trace id of the request.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9a-f]{32}$")]
    pub correlation_id: String,
    /// The entry that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<u64>,
    /// Its entries.
    pub events: Vec<RecordedEvent>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct ActorView {
    /// `user`, `service_account`, `node`, `policy` or `system`.
    pub kind: String,
    /// Which; absent for `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The token or certificate that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// On whose behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub struct TargetView {
    /// Kind of the resource.
    pub kind: String,
    /// Which; absent where only the kind is known, as for a denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The access rules that decided.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditDecision)]
pub struct DecisionView {
    /// The digest of the rule set, in hex.
    pub rule_set: String,
    /// The ids of the rules; none where nothing allowed what was denied.
    pub rules: Vec<String>,
}

/// An entry that a command left.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RecordedEvent {
    /// Where it stands in the log.
    pub position: u64,
    /// What happened.
    #[schema(example = "project.created")]
    pub event: String,
    /// Kind of the resource.
    pub kind: String,
    /// The resource.
    pub resource: String,
    /// Its version after it.
    pub version: u64,
}

/// How something ended. What was refused by another rule than an access rule has no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// It was done.
    Success,
    /// The access rules did not allow it.
    Denied,
}

/// In which order records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordOrder {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// RFC 4180, with a line of names; no cell is a formula to a spreadsheet.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

/// A command, as the audit trail knows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditAction {
    /// Its name.
    #[schema(example = "project.create")]
    pub action: &'static str,
    /// Kind of what it is done to.
    pub target: &'static str,
    /// Whether it is privileged: denials of it are recorded.
    pub privileged: bool,
    /// What the access rules are asked before; denials are recorded under these names.
    pub permissions: Vec<&'static str>,
    /// The events that it may write.
    pub events: &'static [&'static str],
}

impl From<AuditResult> for Outcome {
    fn from(result: AuditResult) -> Self {
        match result {
            AuditResult::Success => Self::Success,
            AuditResult::Denied => Self::Denied,
        }
    }
}

impl From<Outcome> for AuditResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Denied => Self::Denied,
        }
    }
}

impl From<&Registered> for AuditAction {
    fn from(registered: &Registered) -> Self {
        Self {
            action: registered.command,
            target: registered.target,
            privileged: registered.is_privileged(),
            permissions: registered.actions.iter().map(|action| action.as_str()).collect(),
            events: registered.events,
        }
    }
}

impl From<Record> for RecordView {
    fn from(record: Record) -> Self {
        let target = target(&record);
        let actor = ActorView {
            id: record.actor_id.map(|id| print(&record.actor_kind, id)),
            credential: record.more.credential.map(|id| credential(&record.actor_kind, id)),
            on_behalf_of: record.more.on_behalf_of.as_ref().map(|(kind, id)| print(kind, *id)),
            kind: record.actor_kind,
        };
        Self {
            position: record.position,
            recorded_at: moment::print(record.recorded_at),
            organization_id: record.owner.map(OrganizationId::from_uuid),
            actor,
            privileged: audit::is_privileged(&record.action),
            action: record.action,
            target,
            result: record.outcome.into(),
            denied_again: record.more.denied.map(|denied| denied.further),
            decision: record.more.decision.map(|it| DecisionView { rule_set: it.rule_set, rules: it.rules }),
            correlation_id: record.trace.simple().to_string(),
            caused_by: record.cause,
            events: record.more.events.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Event> for RecordedEvent {
    fn from(event: Event) -> Self {
        let Event { position, event, kind, id, version } = event;
        Self { position, event, resource: print(&kind, id), kind, version }
    }
}

/// What was tried, or the first that was written.
fn target(record: &Record) -> TargetView {
    let tried = record.more.denied.as_ref().and_then(|denied| denied.target_kind.clone());
    match (tried, record.more.events.first()) {
        (Some(kind), _) => TargetView { kind, id: None },
        (None, Some(first)) => TargetView { kind: first.kind.clone(), id: Some(print(&first.kind, first.id)) },
        (None, None) => TargetView { kind: String::new(), id: None },
    }
}

/// An id as it is printed; of what this program knows no kind of, as a UUID.
pub fn print(kind: &str, id: Uuid) -> String {
    Kind::parse(kind).map_or_else(|| id.to_string(), |kind| kind.print_id(id))
}

/// The token of a person or a service account, or what a node showed.
pub fn credential(actor_kind: &str, id: Uuid) -> String {
    let is_token = actor_kind == Kind::User.as_str() || actor_kind == Kind::ServiceAccount.as_str();
    if is_token { Kind::Token.print_id(id) } else { id.to_string() }
}
