//! `gpuaas audit search`: who did what to what, when, and by which rules.

use std::io::{ErrorKind, Write as _};

use clap::{Args, ValueEnum};
use gpuaas_sdk::{AuditRecord, AuditResult, Client, RecordOrder, SearchAuditQuery, SearchOrganizationAuditQuery};

use crate::client::{Ask, Session, resolve};
use crate::output::{self, Failure, Show, moment};

/// What to look for.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Only what belongs to this organization: its slug or id. By default, the whole log.
    #[arg(long, value_name = "ORGANIZATION")]
    org: Option<String>,
    /// By this actor: an id, or a kind such as `service_account`, `policy` or `system`.
    #[arg(long)]
    actor: Option<String>,
    /// This action; `gpuaas audit actions` lists all.
    #[arg(long)]
    action: Option<String>,
    /// About resources of this kind.
    #[arg(long, value_name = "KIND")]
    target_kind: Option<String>,
    /// About this resource.
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    /// Of the request with this correlation id.
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
    /// That ended so.
    #[arg(long)]
    result: Option<Ended>,
    /// From this time on (RFC 3339).
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Most records that are shown.
    #[arg(long, default_value_t = 50, value_name = "NUMBER", conflicts_with_all = ["csv", "jsonl"])]
    limit: usize,
    /// The oldest first.
    #[arg(long)]
    oldest_first: bool,
    /// All that is found, as CSV, the oldest first.
    #[arg(long, conflicts_with = "jsonl")]
    csv: bool,
    /// All that is found, as JSON lines, the oldest first.
    #[arg(long)]
    jsonl: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ended {
    Success,
    Denied,
}

impl Ask for Search {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let organization = match &self.org {
            Some(name) => Some(resolve::organization(client, name).await?),
            None => None,
        };
        let query = self.query();
        if self.csv || self.jsonl {
            return copy(client, organization.as_deref(), &query, self.csv).await;
        }
        let records = records(client, organization.as_deref(), query, self.limit).await?;
        output::list(*format, &records)
    }
}

impl Search {
    fn query(&self) -> SearchAuditQuery {
        SearchAuditQuery {
            actor: self.actor.clone(),
            action: self.action.clone(),
            target_kind: self.target_kind.clone(),
            target_id: self.target.clone(),
            correlation_id: self.correlation_id.clone(),
            result: self.result.map(|ended| match ended {
                Ended::Success => AuditResult::Success,
                Ended::Denied => AuditResult::Denied,
            }),
            from: self.from.clone(),
            to: self.to.clone(),
            order: self.oldest_first.then_some(RecordOrder::Oldest),
            ..SearchAuditQuery::default()
        }
    }
}

/// At most so many records, page by page.
async fn records(
    client: &Client,
    organization: Option<&str>,
    mut query: SearchAuditQuery,
    most: usize,
) -> Result<Vec<AuditRecord>, Failure> {
    let mut records = Vec::new();
    loop {
        let page = match organization {
            Some(organization) => client.search_organization_audit(organization, &within(&query)).await?.value,
            None => client.search_audit(&query).await?.value,
        };
        records.extend(page.items);
        match page.next_cursor {
            Some(next) if records.len() < most => query.cursor = Some(next),
            Some(_) | None => break,
        }
    }
    records.truncate(most);
    Ok(records)
}

/// The same, for the organization that a path names.
fn within(query: &SearchAuditQuery) -> SearchOrganizationAuditQuery {
    let SearchAuditQuery {
        actor,
        action,
        target_kind,
        target_id,
        correlation_id,
        result,
        from,
        to,
        org_id: _,
        order,
        limit,
        cursor,
    } = query.clone();
    SearchOrganizationAuditQuery {
        actor,
        action,
        target_kind,
        target_id,
        correlation_id,
        result,
        from,
        to,
        order,
        limit,
        cursor,
    }
}

/// Copies an export to standard output.
async fn copy(client: &Client, organization: Option<&str>, query: &SearchAuditQuery, csv: bool) -> Result<(), Failure> {
    let query = SearchAuditQuery { order: None, ..query.clone() };
    let mut export = client.export_audit(organization, &query, csv).await?;
    let mut out = std::io::stdout().lock();
    while let Some(chunk) = export.chunk().await? {
        match out.write_all(&chunk).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(Failure::NobodyReads),
            written => written.map_err(|error| Failure::other(format!("cannot write to standard output: {error}")))?,
        }
    }
    Ok(())
}

impl Show for AuditRecord {
    const COLUMNS: &'static [&'static str] = &["POSITION", "TIME", "ACTOR", "ACTION", "TARGET", "RESULT", "RULES"];

    fn cells(&self) -> Vec<String> {
        let actor = self.actor.id.clone().unwrap_or_else(|| self.actor.kind.clone());
        let target = self.target.id.clone().unwrap_or_else(|| self.target.kind.clone());
        let rules = self.decision.as_ref().map(|decision| decision.rules.join(" ")).filter(|rules| !rules.is_empty());
        vec![
            self.position.to_string(),
            moment(&self.recorded_at),
            actor,
            self.action.clone(),
            target,
            self.result.to_string(),
            rules.unwrap_or_else(|| "-".to_owned()),
        ]
    }
}
