//! Rates usage as it is recorded.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, TypedId};
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Policy, Stop, Turn};
use crate::handlers::ledger::RateUsage;

/// The policy that rates usage. Only money stops: it waits for a price book, and stops with
/// an alarm at an amount that does not fit.
#[derive(Debug, Clone, Copy)]
pub struct Rating;

#[async_trait]
impl Policy for Rating {
    const NAME: &'static str = "policy.rating";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0007);
    const MEANINGS: &'static [(Code, Meaning)] = &[
        // Another server rated it.
        (Code::UsageAlreadyRated, Meaning::Settled),
        (Code::AccountNotOpen, Meaning::Waits { wakes: "price_book.created, ledger.opened" }),
    ];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "usage.metered" | "usage.corrected" | "usage_event.recorded" => {}
            _ => return Ok(()),
        }
        let owner = turn.engine.history().owner(turn.position).await.map_err(look_up)?;
        let rate = RateUsage { organization: OrganizationId::from_uuid(owner), through: turn.position };
        match turn.issue(owner, &rate).await? {
            super::Outcome::Refused(Meaning::Waits { .. }, refusal) => Err(Stop::Later(refusal)),
            super::Outcome::Done(_) | super::Outcome::Before | super::Outcome::Refused(..) => Ok(()),
        }
    }
}
