//! A resource as it was: its stream folded up to a position. Relations are ids in its
//! state, and whoever asks needs today's rights.

use gpuaas_domain::{Aggregate, AnyState, Timestamp};

use super::Engine;
use super::states::{Folded, absent, evolve, stream_of};
use crate::refusal::{Refusal, of_read};

/// How many entries are read at a time.
const PAGE: usize = 500;

/// What a resource was at a position.
#[derive(Debug, Clone, PartialEq)]
pub enum Past<A> {
    /// It was there.
    There {
        /// Its version then.
        version: u64,
        /// When its first entry was recorded.
        created_at: Timestamp,
        /// When its last one by then was.
        updated_at: Timestamp,
        /// Its state then.
        state: A,
    },
    /// It was not there yet.
    Later {
        /// Where its first entry stands.
        position: u64,
        /// Its state after that one, which says whose it is: where it begins is not for
        /// everybody.
        first: A,
    },
    /// It has never been there.
    Never,
}

impl Engine {
    /// A resource as it was when the log ended at a position.
    pub async fn past<A>(&self, id: A::Id, position: u64) -> Result<Past<A>, Refusal>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let stream = stream_of::<A>(id);
        let mut folded = absent(&stream)?;
        let mut times: Option<(Timestamp, Timestamp)> = None;
        loop {
            let page = self.log().read_stream(&stream, folded.version, PAGE).await.map_err(of_read)?;
            let last = page.len() < PAGE;
            for stored in &page {
                let is_later = stored.position > position;
                if is_later && times.is_some() {
                    return there(&folded, times);
                }
                let at = Timestamp(stored.entry().map_err(Refusal::internal)?.recorded_at);
                times = Some((times.map_or(at, |(created_at, _)| created_at), at));
                folded = evolve(&folded, folded.version + 1, stored)?;
                if is_later {
                    return Ok(Past::Later { position: stored.position, first: folded.typed()? });
                }
            }
            if last {
                return there(&folded, times);
            }
        }
    }
}

fn there<A: Aggregate + TryFrom<AnyState>>(
    folded: &Folded,
    times: Option<(Timestamp, Timestamp)>,
) -> Result<Past<A>, Refusal> {
    let Some((created_at, updated_at)) = times else { return Ok(Past::Never) };
    Ok(Past::There { version: folded.version, created_at, updated_at, state: folded.typed()? })
}
