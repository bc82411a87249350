//! How ids and words of the domain stand in the document. The domain knows nothing of
//! HTTP, so each has a twin here that is only ever a schema.

use std::borrow::Cow;

use gpuaas_domain::id::{self, TypedId};
use gpuaas_domain::node_protocol::{logs, task};
use gpuaas_domain::{
    allocation, app_instance, artifact, evidence_bundle, ledger, membership, node, node_task, placement, profile,
    token, usage_unit, user, webhook,
};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Digits of a TypeID after the prefix.
const DIGITS: &str = "[0-7][0-9a-hjkmnp-tv-z]{25}";

macro_rules! ids {
    ($($name:ident = $id:ty;)+) => {$(
        #[doc = concat!("Schema of [`", stringify!($id), "`].")]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id_schema(<$id as TypedId>::PREFIX)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

ids! {
    OrganizationId = id::OrganizationId;
    ProjectId = id::ProjectId;
    UserId = id::UserId;
    MembershipId = id::MembershipId;
    ServiceAccountId = id::ServiceAccountId;
    SecretId = id::SecretId;
    TokenId = id::TokenId;
    NodeId = id::NodeId;
    EnrollmentId = id::EnrollmentId;
    TaskId = id::TaskId;
    SkuId = id::SkuId;
    AppId = id::AppId;
    AppVersionId = id::AppVersionId;
    ArtifactId = id::ArtifactId;
    EntitlementId = id::EntitlementId;
    AllocationId = id::AllocationId;
    InstanceId = id::InstanceId;
    UsageUnitId = id::UsageUnitId;
    UsageEventId = id::UsageEventId;
    PriceBookId = id::PriceBookId;
    InvoiceId = id::InvoiceId;
    EvidenceBundleId = id::EvidenceBundleId;
    EvidenceItemId = id::EvidenceItemId;
    WebhookId = id::WebhookId;
    WebhookKeyId = id::WebhookKeyId;
}

fn id_schema(prefix: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{prefix}_{DIGITS}$")))
        .examples([format!("{prefix}_01h2e8kqvbfwea724h75qc655w")])
        .description(Some("A TypeID: what it identifies, and a UUID in base32."));
    schema.into()
}

macro_rules! words {
    ($($name:ident = $words:ty, $description:literal;)+) => {$(
        #[doc = concat!("Schema of [`", stringify!($words), "`].")]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = <$words>::ALL.iter().map(|word| word.as_str());
                let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                schema.description(Some($description)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    OrganizationRole = membership::OrganizationRole, "What a member may do in a whole organization.";
    ProjectRole = membership::ProjectRole, "What somebody may do in a project.";
    PlatformRole = user::PlatformRole, "What a person may do across all organizations.";
    TokenPurpose = token::Purpose, "What a token is for.";
    BanReason = node::BanReason, "Why a node was banned.";
    TaskKind = node_task::TaskKind, "What a node's task is about.";
    LogStream = logs::LogStream, "Where a line was written to.";
    Architecture = node::Architecture, "A processor architecture, by the name that OCI images use.";
    Accelerator = artifact::Accelerator, "Whose GPUs an image is made for.";
    MediaType = profile::MediaType, "What a digest names.";
    VerificationFault = artifact::VerificationFault, "Why an artifact was not verified.";
    AllocationFailure = allocation::FailureReason, "Why an allocation came to nothing.";
    Obstacle = placement::Obstacle, "Why a node cannot take an allocation.";
    InstancePhase = app_instance::Phase, "Where a workload is in its life.";
    Waiting = app_instance::Waiting, "What a workload waits for.";
    EndpointKind = task::EndpointKind, "What is spoken at an endpoint.";
    Exposure = task::Exposure, "Who can reach an endpoint.";
    Dimension = usage_unit::Dimension, "What a unit counts.";
    EvidenceResult = evidence_bundle::EvidenceResult, "What a proof came to.";
    RetentionClass = evidence_bundle::RetentionClass, "How long evidence is kept outside the log.";
    LedgerAccount = ledger::Account, "Where an amount stands.";
    WebhookAlgorithm = webhook::Algorithm, "How what is sent to a webhook is signed.";
    WebhookDisableReason = webhook::DisableReason, "Why nothing is sent to a webhook.";
}
