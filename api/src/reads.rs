//! The read models, for handlers: refusals instead of the read side's errors.

use std::time::Duration;

use gpuaas_domain::{Aggregate, AnyState, Code};
use gpuaas_projections::audit::Record;
use gpuaas_projections::queries::{self, Filter, Order, Page, Queries, QueryError, Records, Search, SearchPage};

use crate::http::Problem;
use crate::http::page;
use crate::resource::Resource;

/// How long a read waits for the position that its client asked for.
const WAIT: Duration = Duration::from_secs(2);

/// The read models.
#[derive(Clone)]
pub struct Reads {
    queries: Queries,
}

/// Which page of a list is wanted.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Most items; left out: the usual.
    pub limit: Option<u16>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// By name instead of by age.
    pub by_name: bool,
}

impl Reads {
    /// Over these queries.
    #[must_use]
    pub fn new(queries: Queries) -> Self {
        Self { queries }
    }

    /// Waits until everything up to a position is seen.
    pub async fn wait(&self, position: u64) -> Result<(), Problem> {
        self.queries.wait_for(position, WAIT).await.map_err(problem)
    }

    /// A resource, if it is there.
    pub async fn find<A>(&self, id: A::Id) -> Result<Option<Resource<A>>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        Ok(self.queries.get_typed::<A>(id).await.map_err(problem)?.map(Resource::from))
    }

    /// A resource that must be there.
    pub async fn one<A>(&self, id: A::Id) -> Result<Resource<A>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        self.find(id).await?.ok_or_else(Resource::<A>::missing)
    }

    /// A page of resources, and the cursor of the next.
    pub async fn list<A>(&self, filter: &Filter, wanted: Wanted) -> Result<(Vec<Resource<A>>, Option<String>), Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let order = if wanted.by_name { Order::Name } else { Order::Created };
        let limit = wanted.limit.unwrap_or(page::DEFAULT_LIMIT).into();
        let listed = self.queries.list_typed::<A>(filter, &Page { order, cursor: wanted.cursor, limit }).await;
        let listed = listed.map_err(problem)?;
        Ok((listed.resources.into_iter().map(Resource::from).collect(), listed.next))
    }

    /// A page of what a search of the audit trail finds, once all is in it up to a position. A
    /// trail that is still being built would leave things out and not say so.
    pub async fn search(&self, search: &Search, page: &SearchPage, at_least: u64) -> Result<Records, Problem> {
        self.wait_for_audit(at_least).await?;
        self.queries.search(search, page).await.map_err(problem)
    }

    /// Waits until everything up to a position is in the audit trail.
    pub async fn wait_for_audit(&self, position: u64) -> Result<(), Problem> {
        self.queries.wait_for_audit(position, WAIT).await.map_err(problem)
    }

    /// The records of the append that an entry belongs to, one for each owner.
    pub async fn records_at(&self, position: u64) -> Result<Vec<Record>, Problem> {
        self.queries.records_at(position).await.map_err(problem)
    }

    /// What followed from the entries between two positions, at most so many records.
    pub async fn followed(&self, positions: (u64, u64), most: usize) -> Result<Vec<Record>, Problem> {
        self.queries.followed(positions, most).await.map_err(problem)
    }

    /// Every resource that a filter lets through, with its places in the log, the oldest first.
    pub async fn rows<A>(&self, filter: &Filter) -> Result<Vec<queries::Resource<A>>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let mut rows = Vec::new();
        let mut page = Page::default();
        loop {
            let listed = self.queries.list_typed::<A>(filter, &page).await.map_err(problem)?;
            rows.extend(listed.resources);
            match listed.next {
                Some(next) => page.cursor = Some(next),
                None => return Ok(rows),
            }
        }
    }

    /// Every resource that a filter lets through: for what one person has, which is little.
    pub async fn all<A>(&self, filter: &Filter) -> Result<Vec<Resource<A>>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let wanted = Wanted { limit: Some(page::MAX_LIMIT), cursor, by_name: false };
            let (resources, next) = self.list(filter, wanted).await?;
            all.extend(resources);
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }
}

fn problem(error: QueryError) -> Problem {
    match error {
        QueryError::InvalidCursor => Problem::of(Code::InvalidCursor),
        QueryError::InvalidLimit => Problem::at(Code::InvalidParameter, "limit", error.to_string()),
        QueryError::InvalidText { field } => Problem::at(Code::InvalidParameter, field, error.to_string()),
        QueryError::Behind { .. } => Problem::of(Code::ProjectionBehind).retry_after(Duration::from_secs(1)),
        QueryError::Read(error) if error.retryable() => Problem::unavailable(error),
        QueryError::Read(error) => Problem::internal(error),
    }
}
