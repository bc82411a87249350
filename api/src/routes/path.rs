//! What stands in paths.

use gpuaas_domain::id::{
    AllocationId, AppVersionId, ArtifactId, EvidenceBundleId, InstanceId, InvoiceId, MembershipId, OrganizationId,
    PriceBookId, ProjectId, SecretId, ServiceAccountId, SkuId, TokenId, UsageUnitId, UserId, WebhookId,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::views::vocabulary;

/// An organization.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InOrganization {
    /// The organization's id.
    #[param(value_type = vocabulary::OrganizationId)]
    pub org_id: OrganizationId,
}

/// A member of an organization.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OrganizationMemberPath {
    /// The organization's id.
    #[param(value_type = vocabulary::OrganizationId)]
    pub org_id: OrganizationId,
    /// The membership's id.
    #[param(value_type = vocabulary::MembershipId)]
    pub member_id: MembershipId,
}

/// An entry of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EntryPath {
    /// Its place in the log, from 1.
    #[param(minimum = 1)]
    pub position: u64,
}

/// A project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InProject {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
}

/// A member of a project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProjectMemberPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The membership's id.
    #[param(value_type = vocabulary::MembershipId)]
    pub member_id: MembershipId,
}

/// A service account of a project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ServiceAccountPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The service account's id.
    #[param(value_type = vocabulary::ServiceAccountId)]
    pub service_account_id: ServiceAccountId,
}

/// A secret of a service account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SecretPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The service account's id.
    #[param(value_type = vocabulary::ServiceAccountId)]
    pub service_account_id: ServiceAccountId,
    /// The secret's id.
    #[param(value_type = vocabulary::SecretId)]
    pub secret_id: SecretId,
}

/// A person.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserPath {
    /// The user's id.
    #[param(value_type = vocabulary::UserId)]
    pub user_id: UserId,
}

/// One of one's own tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OwnTokenPath {
    /// The token's id.
    #[param(value_type = vocabulary::TokenId)]
    pub token_id: TokenId,
}

/// One of a person's tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserTokenPath {
    /// The user's id.
    #[param(value_type = vocabulary::UserId)]
    pub user_id: UserId,
    /// The token's id.
    #[param(value_type = vocabulary::TokenId)]
    pub token_id: TokenId,
}

/// A SKU.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SkuPath {
    /// The SKU's id.
    #[param(value_type = vocabulary::SkuId)]
    pub sku_id: SkuId,
}

/// An app of the catalog.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AppPath {
    /// The app's name in URLs.
    #[param(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub app_slug: String,
}

/// A version of an app.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AppVersionPath {
    /// The app's name in URLs.
    #[param(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub app_slug: String,
    /// The version's id.
    #[param(value_type = vocabulary::AppVersionId)]
    pub app_version_id: AppVersionId,
}

/// An artifact of an app.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ArtifactPath {
    /// The app's name in URLs.
    #[param(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub app_slug: String,
    /// The artifact's id.
    #[param(value_type = vocabulary::ArtifactId)]
    pub artifact_id: ArtifactId,
}

/// An app that a project may launch, or not.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EntitlementPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The app's name in URLs.
    #[param(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub app_slug: String,
}

/// An allocation of a project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AllocationPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The allocation's id.
    #[param(value_type = vocabulary::AllocationId)]
    pub allocation_id: AllocationId,
}

/// A workload of a project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AppInstancePath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// The instance's id.
    #[param(value_type = vocabulary::InstanceId)]
    pub app_instance_id: InstanceId,
}

/// A usage unit.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UsageUnitPath {
    /// The unit's id.
    #[param(value_type = vocabulary::UsageUnitId)]
    pub usage_unit_id: UsageUnitId,
}

/// A price book.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PriceBookPath {
    /// The price book's id.
    #[param(value_type = vocabulary::PriceBookId)]
    pub price_book_id: PriceBookId,
}

/// An invoice of an organization.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InvoicePath {
    /// The organization's id.
    #[param(value_type = vocabulary::OrganizationId)]
    pub org_id: OrganizationId,
    /// The invoice's id.
    #[param(value_type = vocabulary::InvoiceId)]
    pub invoice_id: InvoiceId,
}

/// A bundle of evidence.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EvidenceBundlePath {
    /// The bundle's id.
    #[param(value_type = vocabulary::EvidenceBundleId)]
    pub evidence_bundle_id: EvidenceBundleId,
}

/// A webhook of an organization.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WebhookPath {
    /// The organization's id.
    #[param(value_type = vocabulary::OrganizationId)]
    pub org_id: OrganizationId,
    /// The webhook's id.
    #[param(value_type = vocabulary::WebhookId)]
    pub webhook_id: WebhookId,
}

/// An event that a webhook gave up.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DeadLetterPath {
    /// The organization's id.
    #[param(value_type = vocabulary::OrganizationId)]
    pub org_id: OrganizationId,
    /// The webhook's id.
    #[param(value_type = vocabulary::WebhookId)]
    pub webhook_id: WebhookId,
    /// The event's owner sequence.
    pub owner_sequence: u64,
}
