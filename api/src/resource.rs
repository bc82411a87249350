//! A resource as views show it: its state, and when it changed.

use gpuaas_commands::{Answer, Refusal};
use gpuaas_domain::id::TypedId;
use gpuaas_domain::{Aggregate, Timestamp};
use gpuaas_log::append::StreamId;
use gpuaas_projections::queries;
use gpuaas_relay::moment;

use crate::app::App;
use crate::http::Problem;

/// A resource with what is known of every one.
#[derive(Debug, Clone)]
pub struct Resource<A: Aggregate> {
    /// Which.
    pub id: A::Id,
    /// The version of its stream.
    pub version: u64,
    /// When its first entry was recorded.
    pub created_at: Timestamp,
    /// When its last one was.
    pub updated_at: Timestamp,
    /// Its state.
    pub state: A,
}

impl<A: Aggregate> Resource<A> {
    /// The resource that a command answered with, as of its append.
    pub async fn of_answer(app: &App, answer: &Answer<A>) -> Result<Self, Problem> {
        let created_at = recorded_at::<A>(app, answer.id, 1).await?;
        let updated_at = match answer.version {
            0 | 1 => created_at,
            version => recorded_at::<A>(app, answer.id, version).await?,
        };
        // What a dry run would have written is not there.
        let now = app.now();
        let (created_at, updated_at) = (created_at.unwrap_or(now), updated_at.unwrap_or(now));
        Ok(Self { id: answer.id, version: answer.version, created_at, updated_at, state: answer.state.clone() })
    }

    /// When it was created and when it last changed, as clients see it.
    #[must_use]
    pub fn times(&self) -> (String, String) {
        (moment::print(self.created_at), moment::print(self.updated_at))
    }

    /// What to answer where there is no such resource.
    #[must_use]
    pub fn missing() -> Problem {
        Refusal::not_found(&A::KIND.replace('_', " ")).into()
    }
}

impl<A: Aggregate> From<queries::Resource<A>> for Resource<A> {
    fn from(row: queries::Resource<A>) -> Self {
        let queries::Resource { id, version, created_at, updated_at, state, .. } = row;
        Self { id: A::Id::from_uuid(id), version, created_at, updated_at, state }
    }
}

async fn recorded_at<A: Aggregate>(app: &App, id: A::Id, version: u64) -> Result<Option<Timestamp>, Problem> {
    let stream = StreamId::new(A::KIND, id.uuid());
    let page = app.engine.log().read_stream(&stream, version - 1, 1).await.map_err(Problem::unavailable)?;
    let stored = page.first().map(|stored| stored.entry()).transpose().map_err(Problem::internal)?;
    Ok(stored.map(|entry| Timestamp(entry.recorded_at)))
}
