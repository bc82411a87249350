//! The commands: one file per noun, one struct per command.

pub mod allocation;
pub mod app;
pub mod app_instance;
pub mod app_version;
pub mod artifact;
pub mod enrollment;
pub mod entitlement;
pub mod evidence_bundle;
pub mod invoice;
pub mod ledger;
pub mod membership;
pub mod node;
pub mod node_report;
pub mod node_task;
pub mod organization;
pub mod price_book;
pub mod project;
pub mod service_account;
pub mod sku;
pub mod token;
pub mod usage;
pub mod usage_unit;
pub mod user;
pub mod webhook;

use std::collections::BTreeMap;

use gpuaas_domain::id::{OrganizationId, ProjectId};
use gpuaas_domain::label::Label;
use gpuaas_domain::organization::Organization;
use gpuaas_domain::project::{Details, Project};

use crate::authorization::{Action, Scope};
use crate::engine::Unit;
use crate::refusal::Refusal;

/// What a machine calls something, as a field of a request has it.
fn label<const MAX: usize>(field: &'static str, text: &str) -> Result<Label<MAX>, Refusal> {
    Label::new(field, text).map_err(|error| Refusal::invalid_field(field, error.to_string()))
}

/// Names and what is said of each, as a field of a request has them.
fn labels(field: &'static str, named: &BTreeMap<String, String>) -> Result<BTreeMap<Label<64>, Label<128>>, Refusal> {
    named.iter().map(|(name, text)| Ok((label(field, name)?, label(field, text)?))).collect()
}

/// Loads an organization that must be there.
async fn organization(unit: &mut Unit<'_>, id: OrganizationId) -> Result<Organization, Refusal> {
    match unit.load::<Organization>(id).await? {
        Organization::Absent => Err(Refusal::not_found("organization")),
        active @ Organization::Active { .. } => Ok(active),
    }
}

/// Loads a project that must be there, and asks whether the actor may do this in it.
async fn authorized_project(unit: &mut Unit<'_>, id: ProjectId, action: Action) -> Result<Project, Refusal> {
    let project = unit.load::<Project>(id).await?;
    let Some(details) = project.details() else { return Err(Refusal::not_found("project")) };
    unit.authorize(action, Scope::Project { organization: details.organization, project: id }).await?;
    Ok(project)
}

/// The same for a project that new work may begin in, and stays so until the append.
async fn authorized_active_project(unit: &mut Unit<'_>, id: ProjectId, action: Action) -> Result<Details, Refusal> {
    let project = authorized_project(unit, id, action).await?;
    let details = project.require_active()?.clone();
    unit.depend_on::<Project>(id).await?;
    Ok(details)
}
