#![doc = include_str!("../../../docs/cqrs-es.md")]

mod declared;
mod document;
mod error;
mod names;
mod repository;
mod wrapped;

use cqrs_es::persist::PersistedEventStore;
use cqrs_es::{Aggregate, CqrsFramework, Query};

pub use error::Refused;
pub use repository::LogEventRepository;

/// A cqrs-es framework whose aggregates are on a log.
pub type LogCqrs<A> = CqrsFramework<A, PersistedEventStore<LogEventRepository, A>>;

/// Puts an aggregate on a log: events are the only source of truth.
pub fn log_cqrs<A: Aggregate>(
    repository: LogEventRepository,
    queries: Vec<Box<dyn Query<A>>>,
    services: A::Services,
) -> LogCqrs<A> {
    CqrsFramework::new(PersistedEventStore::new_event_store(repository), queries, services)
}
