//! What can be launched, and on what.

use gpuaas_domain::app::App;
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::entitlement::Entitlement;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_domain::sku::Sku;
use uuid::Uuid;

use super::Columns;

pub(super) fn sku(state: &Sku) -> Option<Columns> {
    let status = match state {
        Sku::Absent => return None,
        Sku::Active(_) => "active",
        Sku::Retired(_) => "retired",
    };
    Some(Columns::with_status(status).named(&state.details()?.name))
}

/// The platform's apps are in no organization.
pub(super) fn app(state: &App) -> Option<Columns> {
    match state {
        App::Absent => None,
        App::Active(details) => Some(Columns {
            organization: uuid(details.organization),
            ..Columns::with_status("active").named(&details.slug)
        }),
    }
}

/// Hangs on its app.
pub(super) fn app_version(state: &AppVersion) -> Option<Columns> {
    let status = match state {
        AppVersion::Absent => return None,
        AppVersion::Draft(_) => "draft",
        AppVersion::Published(_) => "published",
        AppVersion::Retired(_) => "retired",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).on(details.app.uuid()).named(&details.version);
    Some(Columns { organization: uuid(details.organization), ..columns })
}

/// Hangs on its app.
pub(super) fn artifact(state: &Artifact) -> Option<Columns> {
    let status = match state {
        Artifact::Absent => return None,
        Artifact::Uploaded { .. } => "uploaded",
        Artifact::Verified(_) => "verified",
        Artifact::Published(_) => "published",
        Artifact::Promoted(_) => "promoted",
        Artifact::Retired(_) => "retired",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).on(details.app.uuid()).named(&details.name);
    Some(Columns { organization: uuid(details.organization), ..columns })
}

/// Hangs on the app.
pub(super) fn entitlement(state: &Entitlement) -> Option<Columns> {
    let status = match state {
        Entitlement::Absent => return None,
        Entitlement::Enabled(_) => "enabled",
        Entitlement::Disabled(_) => "disabled",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).of_organization(details.organization);
    Some(columns.in_project(Some(details.project)).on(details.app.uuid()))
}

fn uuid(organization: Option<OrganizationId>) -> Option<Uuid> {
    organization.map(|organization| organization.uuid())
}
