//! Commands on projects.

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId};
use gpuaas_domain::project::{self, Project, SLUG_CLAIM};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Creates a project in an organization.
#[derive(Debug, Clone)]
pub struct CreateProject {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Name for URLs, unique in the organization.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
}

#[async_trait]
impl Command for CreateProject {
    const NAME: &'static str = "project.create";
    type Aggregate = Project;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ProjectId, Refusal> {
        super::organization(unit, self.organization).await?;
        unit.authorize(Action::CreateProject, Scope::Organization(self.organization)).await?;
        let id: ProjectId = unit.new_id();
        let Self { organization, slug, display_name } = self.clone();
        unit.take(Some(organization), SLUG_CLAIM, "slug", &slug);
        let create = project::Command::Create { organization, slug, display_name };
        unit.decide::<Project>(id, Some(organization), create).await?;
        Ok(id)
    }
}

/// Changes a project's names.
#[derive(Debug, Clone)]
pub struct UpdateProject {
    /// Which.
    pub id: ProjectId,
    /// Name for URLs, if it is to change.
    pub slug: Option<String>,
    /// Name for people, if it is to change.
    pub display_name: Option<String>,
}

#[async_trait]
impl Command for UpdateProject {
    const NAME: &'static str = "project.update";
    type Aggregate = Project;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("project", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ProjectId, Refusal> {
        let project = super::authorized_project(unit, self.id, Action::UpdateProject).await?;
        let details = project.require_active()?.clone();
        if let Some(new) = self.slug.as_ref().filter(|new| **new != details.slug) {
            unit.release(Some(details.organization), SLUG_CLAIM, &details.slug);
            unit.take(Some(details.organization), SLUG_CLAIM, "slug", new);
        }
        let update = project::Command::Update { slug: self.slug.clone(), display_name: self.display_name.clone() };
        unit.decide::<Project>(self.id, Some(details.organization), update).await?;
        Ok(self.id)
    }
}

/// Closes a project for new work.
#[derive(Debug, Clone)]
pub struct ArchiveProject {
    /// Which.
    pub id: ProjectId,
}

#[async_trait]
impl Command for ArchiveProject {
    const NAME: &'static str = "project.archive";
    type Aggregate = Project;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("project", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ProjectId, Refusal> {
        let project = super::authorized_project(unit, self.id, Action::ArchiveProject).await?;
        let owner = project.details().map(|details| details.organization);
        unit.decide::<Project>(self.id, owner, project::Command::Archive).await?;
        Ok(self.id)
    }
}
