//! What the API reads: resources by id and lists of them, and searches of the audit trail.
//!
//! A query reads what the runner has committed. Whoever must see his own write waits
//! for its position first ([`Queries::wait_for`]). Who may see what is decided above;
//! the answer is pushed down here as [`Filter::organizations`].

mod audit;
mod cursor;
mod error;
mod filter;
mod freshness;
mod page;

use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::{Aggregate, AnyState, Kind};
use uuid::Uuid;

pub use audit::{Records, Search, SearchPage};
pub use error::QueryError;
pub use filter::Filter;
pub use page::{Listed, MAX_LIMIT, Order, Page};

pub use crate::resources::Resource;

use crate::resources::{Resources, rows};
use crate::store::{ReadStore, Statement};

/// The queries over resources.
#[derive(Clone)]
pub struct Queries {
    store: ReadStore,
}

impl Queries {
    /// Those of a read database.
    #[must_use]
    pub fn new(store: ReadStore) -> Self {
        Self { store }
    }

    /// A resource, whatever its status.
    pub async fn get(&self, kind: Kind, id: Uuid) -> Result<Option<Resource>, QueryError> {
        let mut get = of_active_build(kind);
        get.push(" AND id = ").bind(id);
        let row = self.store.row(get).await?;
        Ok(row.map(|row| rows::read(&row)).transpose()?)
    }

    /// A resource of one aggregate, whatever its status.
    pub async fn get_typed<A>(&self, id: A::Id) -> Result<Option<Resource<A>>, QueryError>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        Ok(self.get(kind_of::<A>(), id.uuid()).await?.and_then(Resource::typed))
    }

    /// A page of the resources that a filter lets through.
    pub async fn list(&self, kind: Kind, filter: &Filter, page: &Page) -> Result<Listed, QueryError> {
        page.check()?;
        filter.check()?;
        if filter.lets_nothing_through() {
            return Ok(Listed::default());
        }
        let mut list = of_active_build(kind);
        filter.narrow(&mut list);
        let fingerprint = cursor::fingerprint(kind, filter, page.order);
        page.cut(&mut list, fingerprint)?;
        let found = self.store.rows(list).await?;
        let resources = found.iter().map(rows::read).collect::<Result<_, _>>()?;
        Ok(page.answer(resources, fingerprint))
    }

    /// A page of the resources of one aggregate that a filter lets through.
    pub async fn list_typed<A>(&self, filter: &Filter, page: &Page) -> Result<Listed<A>, QueryError>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let listed = self.list(kind_of::<A>(), filter, page).await?;
        let resources = listed.resources.into_iter().filter_map(Resource::typed).collect();
        Ok(Listed { resources, next: listed.next })
    }
}

fn kind_of<A: Aggregate>() -> Kind {
    Kind::parse(A::KIND).expect("every aggregate is in the registry")
}

/// Begins a query for resources of a kind, as the active version of the projection has them.
fn of_active_build(kind: Kind) -> Statement {
    let mut select = rows::select();
    select
        .push("WHERE build = (SELECT version FROM read_projections WHERE name = ")
        .bind(Resources::NAME)
        .push(" AND stage = 'active') AND kind = ")
        .bind(kind.as_str());
    select
}
