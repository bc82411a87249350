//! An entry of the log in plain sentences: who did what, by which command, which access rules
//! allowed it, what it depended on, what led to it, and what followed.
//!
//! Whoever sees one organization is told of what belongs to others only that it is there.
//! Personal fields stay sealed.

mod sentences;
mod tree;

use gpuaas_domain::Kind;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::entry::StoredEntry;
use gpuaas_projections::audit::Record;
use gpuaas_relay::event;

use crate::app::App;
use crate::http::Problem;
use crate::views::audit::{RecordView, print};
use crate::views::explanation::{Dependency, ExplainedEntry, Explanation, receipt};

/// Most entries of the append that are shown.
const MOST_ENTRIES: usize = 100;

/// What whoever asks may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The whole log.
    Whole,
    /// What belongs to one organization.
    Of(OrganizationId),
}

impl Sight {
    fn sees(self, owner: Option<OrganizationId>) -> bool {
        match self {
            Self::Whole => true,
            Self::Of(organization) => owner == Some(organization),
        }
    }
}

/// Explains an entry that whoever asks may see.
pub async fn entry(app: &App, stored: &StoredEntry, sight: Sight) -> Result<Explanation, Problem> {
    // What followed is told up to now.
    let head = *app.engine.log().head().borrow();
    app.reads.wait_for_audit(head).await?;
    let record = tree::seen(app.reads.records_at(stored.position).await?, sight, stored.position);
    let record = record.ok_or_else(|| Problem::internal(format_args!("no record of entry {}", stored.position)))?;
    let entries = entries(app, &record, stored.position).await?;
    let first = app.engine.log().entry(record.append).await.map_err(Problem::unavailable)?;
    let first = first.ok_or_else(|| Problem::internal(format_args!("no entry at {}", record.append)))?;
    // They stand in the first entry, which may be somebody else's: a node's report is one
    // append over the streams of everybody who has something on the node.
    let leads = first.entry().map_err(Problem::internal)?.owner.map(OrganizationId::from_uuid);
    let (depended_on, claims) = if sight.sees(leads) { rests_on(&first)? } else { Default::default() };
    let (led_to_by, known_causes) = tree::causes(app, &record, sight).await?;
    let (followed_by, known_effects) = tree::effects(app, &record, sight).await?;
    let (end, cause) = (record.append_end(), record.cause);
    let view = RecordView::from(record);
    let mut sentences = sentences::of_record(&view);
    sentences.extend(sentences::of_claims(&claims));
    sentences.extend(sentences::of_dependencies(&depended_on));
    sentences.push(sentences::of_cause(&view, cause, led_to_by.first()));
    sentences.push(sentences::of_effects(&followed_by));
    Ok(Explanation {
        position: stored.position,
        sentences,
        complete: known_causes && known_effects && entries.len() as u64 >= view.events.len() as u64,
        append_first: first.position,
        append_last: end,
        decision: view.decision,
        entries,
        depended_on,
        led_to_by,
        followed_by,
    })
}

/// The entries that whoever asks may see, with their fields: the one that was asked about
/// first, so that it is told of an append that has more than are told.
async fn entries(app: &App, record: &Record, asked: u64) -> Result<Vec<ExplainedEntry>, Problem> {
    let mut entries = Vec::new();
    let (first, others): (Vec<_>, Vec<_>) = record.more.events.iter().partition(|event| event.position == asked);
    for event in first.into_iter().chain(others).take(MOST_ENTRIES) {
        let stored = app.engine.log().entry(event.position).await.map_err(Problem::unavailable)?;
        let stored = stored.ok_or_else(|| Problem::internal(format_args!("no entry at {}", event.position)))?;
        entries.push(ExplainedEntry {
            position: event.position,
            event: event.event.clone(),
            kind: event.kind.clone(),
            resource: print(&event.kind, event.id),
            version: event.version,
            payload: fields(&stored)?,
            receipt: receipt(event.position),
        });
    }
    Ok(entries)
}

/// The fields of an event of the domain; none where they were erased, or are the log's own.
fn fields(stored: &StoredEntry) -> Result<Option<serde_json::Value>, Problem> {
    let entry = stored.entry().map_err(Problem::internal)?;
    let payload = stored.payload().map_err(Problem::internal)?;
    let (Some(kind), Some(payload)) = (Kind::parse(entry.stream.kind), payload) else { return Ok(None) };
    event::fields(kind, entry.event, entry.schema, payload).map(Some).map_err(Problem::internal)
}

/// The scopes of claims, each with whether a name was taken there; else it was released.
type Claims = Vec<(String, bool)>;

/// What an append depended on, and the scopes in which it took or released names.
fn rests_on(first: &StoredEntry) -> Result<(Vec<Dependency>, Claims), Problem> {
    let entry = first.entry().map_err(Problem::internal)?;
    let guards = entry.guards.iter().map(|guard| Dependency {
        kind: guard.stream.kind.to_owned(),
        resource: print(guard.stream.kind, guard.stream.id),
        version: guard.version,
    });
    let claims = entry.claims.iter().map(|claim| (claim.scope.to_owned(), claim.takes));
    Ok((guards.collect(), claims.collect()))
}

/// The organization that a record belongs to.
fn owner(record: &Record) -> Option<OrganizationId> {
    record.owner.map(OrganizationId::from_uuid)
}
