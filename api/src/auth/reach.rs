//! What an actor reaches, as a filter for lists: a scope is pushed into the query, not
//! decided row by row.

use std::collections::BTreeSet;

use gpuaas_commands::Principal;
use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId as _, UserId};
use gpuaas_domain::membership::{Grant, Membership};
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::token::Subject;
use gpuaas_projections::queries::Filter;

use crate::app::App;
use crate::http::Problem;

/// The organizations that somebody without platform roles sees.
pub async fn organizations(app: &App, principal: Principal) -> Result<BTreeSet<OrganizationId>, Problem> {
    let mut reached = match principal.subject {
        Subject::User(user) => {
            let memberships = memberships(app, user, None).await?;
            let in_organizations = |grant: Grant| grant.project().is_none();
            memberships.into_iter().filter(|(_, grant)| in_organizations(*grant)).map(|(id, _)| id).collect()
        }
        Subject::ServiceAccount(account) => {
            let (account, _) = app.engine.state::<ServiceAccount>(account).await?;
            BTreeSet::from_iter(account.details().map(|details| details.organization))
        }
    };
    if let Some(limit) = app.engine.token_limit(principal).await? {
        reached.retain(|organization| *organization == limit);
    }
    Ok(reached)
}

/// The projects of an organization that somebody sees who does not see them all.
pub async fn projects(
    app: &App,
    principal: Principal,
    organization: OrganizationId,
) -> Result<BTreeSet<ProjectId>, Problem> {
    Ok(match principal.subject {
        Subject::User(user) => {
            let memberships = memberships(app, user, Some(organization)).await?;
            memberships.into_iter().filter_map(|(_, grant)| grant.project()).collect()
        }
        Subject::ServiceAccount(account) => {
            let (account, _) = app.engine.state::<ServiceAccount>(account).await?;
            let details = account.details().filter(|details| details.organization == organization);
            BTreeSet::from_iter(details.map(|details| details.project))
        }
    })
}

async fn memberships(
    app: &App,
    user: UserId,
    organization: Option<OrganizationId>,
) -> Result<Vec<(OrganizationId, Grant)>, Problem> {
    let statuses = BTreeSet::from(["active".to_owned()]);
    let filter = Filter { parent: Some(user.uuid()), organization, statuses, ..Filter::default() };
    let memberships = app.reads.all::<Membership>(&filter).await?;
    let details = memberships.into_iter().filter_map(|membership| membership.state.details().cloned());
    Ok(details.map(|details| (details.organization, details.grant)).collect())
}
