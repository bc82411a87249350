//! The OpenAPI 3.1 document, made from the handlers. `schemas/openapi.json` is the same
//! text, committed; a test fails when it drifts.

mod named;
mod shared;
mod text;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::Method;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::http::problem::ErrorEnvelope;
use crate::routes;
use crate::views::audit::{AuditFormat, RecordOrder};
use crate::views::dry_run::DryRun;
use crate::views::vocabulary;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "GPUaaS",
        description = "A control plane for GPU workloads on an append-only log. Every change is an entry of the log; \
                       every answer to a change says where the log stands (`X-Log-Position`), and a read that sends \
                       it back sees the change. Words may be added to answers: a client has to bear those that it does \
                       not know. `unknown` is never one of them.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(
        ErrorEnvelope, DryRun, vocabulary::OrganizationId, vocabulary::ProjectId, vocabulary::UserId, vocabulary::MembershipId,
        vocabulary::ServiceAccountId, vocabulary::SecretId, vocabulary::TokenId, vocabulary::OrganizationRole,
        vocabulary::ProjectRole, vocabulary::PlatformRole, vocabulary::TokenPurpose,
        vocabulary::NodeId, vocabulary::EnrollmentId, vocabulary::TaskId, vocabulary::AllocationId,
        vocabulary::InstanceId, vocabulary::BanReason, vocabulary::TaskKind, vocabulary::LogStream,
        vocabulary::Architecture, vocabulary::SkuId, vocabulary::AppId, vocabulary::AppVersionId,
        vocabulary::ArtifactId, vocabulary::EntitlementId, vocabulary::UsageUnitId, vocabulary::UsageEventId,
        vocabulary::PriceBookId, vocabulary::InvoiceId, vocabulary::Accelerator, vocabulary::MediaType,
        vocabulary::VerificationFault, vocabulary::AllocationFailure, vocabulary::Obstacle,
        vocabulary::InstancePhase, vocabulary::Waiting, vocabulary::EndpointKind, vocabulary::Exposure,
        vocabulary::Dimension, vocabulary::LedgerAccount,
        vocabulary::EvidenceBundleId, vocabulary::EvidenceItemId, vocabulary::EvidenceResult, vocabulary::RetentionClass,
        AuditFormat, RecordOrder, vocabulary::WebhookId, vocabulary::WebhookKeyId,
        vocabulary::WebhookAlgorithm, vocabulary::WebhookDisableReason
    )),
    tags(
        (name = "organizations", description = "Tenants: what everything else belongs to."),
        (name = "projects", description = "Where the work of an organization happens."),
        (name = "members", description = "Who may do what, in organizations and in projects."),
        (name = "service accounts", description = "Machine identities of projects, and their secrets."),
        (name = "users", description = "People's accounts, for platform admins."),
        (name = "me", description = "One's own account and tokens."),
        (name = "tokens", description = "Tokens of service accounts and of the operator."),
        (name = "nodes", description = "Machines that run workloads, and their agents. For platform roles."),
        (name = "app instances", description = "Workloads: apps that run."),
        (name = "events", description = "What happens, as it happens."),
        (name = "audit", description = "Who did what to what, when, and by which rules."),
        (name = "webhooks", description = "Places that events are sent to, as Standard Webhooks has it."),
        (name = "log", description = "The log as files, for whoever wants to check it."),
        (name = "evidence", description = "What shows that releases, flows and controls hold."),
        (name = "catalog", description = "Apps, their versions and images, and who may launch them."),
        (name = "skus", description = "What can be allocated, and what an hour costs."),
        (name = "allocations", description = "Slots of nodes that projects have."),
        (name = "usage", description = "What was used: metered by the platform, or reported by products."),
        (name = "prices", description = "What things cost, and since when."),
        (name = "billing", description = "What organizations owe, and their invoices.")
    )
)]
struct Skeleton;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let routes = OpenApiRouter::with_openapi(Skeleton::openapi()).merge(routes::api());
    let document = routes.split_for_parts().1;
    let mut value = serde_json::to_value(document).expect("the document is JSON");
    shared::complete(&mut value);
    text::with_patterns(&mut value);
    sorted(named::with_references(value))
});

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = serde_json::to_string_pretty(&*DOCUMENT).expect("a value is JSON");
    text + "\n"
});

/// Method and template of every route.
static ROUTES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let methods =
        |item: &Value| item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase()).collect();
    let named = |(path, item): (&String, &Value)| -> Vec<String> {
        let methods: Vec<String> = methods(item);
        methods.into_iter().map(|method| format!("{method} {path}")).collect()
    };
    paths.flat_map(named).collect()
});

/// The document.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The document as it is served and committed.
#[must_use]
pub fn text() -> &'static str {
    &TEXT
}

/// Method and template of a route of the document.
#[must_use]
pub fn route(method: &Method, template: &str) -> Option<&'static str> {
    ROUTES.get(&format!("{method} {template}")).map(String::as_str)
}

/// With the keys of all objects in order, whatever map the JSON library was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(String, Value)> = object.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.into_iter().map(|(key, value)| (key, sorted(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}
