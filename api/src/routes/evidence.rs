//! Bundles of evidence. They are the platform's: for whoever runs and audits it.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::handlers::evidence_bundle::{
    CloseEvidenceBundle, CreateEvidenceBundle, RecordEvidenceInvariant, RecordEvidenceItem,
};
use gpuaas_commands::{Action, Answer, Scope};
use gpuaas_domain::evidence_bundle::EvidenceBundle;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::path::EvidenceBundlePath;
use crate::app::{App, Shared};
use crate::evidence_file::{self, MEDIA_TYPE};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::{NoBody, NoPath};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::evidence::{
    EvidenceBundleStatus, EvidenceBundleView, NewEvidenceBundle, NewEvidenceInvariant, NewEvidenceItem,
};

/// Every route here.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(file))
        .routes(routes!(record_item))
        .routes(routes!(record_invariant))
        .routes(routes!(close))
}

/// Which bundles of evidence.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EvidenceBundles {
    /// About exactly this product.
    #[param(max_length = 64)]
    product_scope: Option<String>,
    /// Those that take more, or those that do not; left out: both.
    status: Option<EvidenceBundleStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the bundles of evidence.
#[utoipa::path(get, path = "/api/v1/evidence-bundles", tag = "evidence", operation_id = "list_evidence_bundles",
    params(EvidenceBundles),
    responses((status = 200, description = "A page, the newest first", body = Page<EvidenceBundleView>)))]
async fn list(
    State(app): State<Shared>,
    read: Read<NoPath, EvidenceBundles>,
) -> Result<Json<Page<EvidenceBundleView>>, Problem> {
    read.allow(&app, Action::ReadEvidence, Scope::Platform).await?;
    let EvidenceBundles { product_scope: name, status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { name, statuses, ..Filter::default() };
    let wanted = Wanted { limit, cursor, by_name: false };
    let (found, next_cursor) = app.reads.list::<EvidenceBundle>(&filter, wanted).await?;
    let items = found.into_iter().map(EvidenceBundleView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Opens a bundle of evidence.
#[utoipa::path(post, path = "/api/v1/evidence-bundles", tag = "evidence", operation_id = "create_evidence_bundle",
    request_body = NewEvidenceBundle,
    responses((status = 201, description = "The new bundle", body = EvidenceBundleView)))]
async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewEvidenceBundle>,
) -> Result<Changed<EvidenceBundleView>, Problem> {
    let NewEvidenceBundle { source_commit, environment_profile, product_scope, change_summary, owner, retention_class } =
        mutation.body;
    let command = CreateEvidenceBundle {
        source_commit,
        environment_profile,
        product_scope,
        change_summary,
        owner,
        retention_class,
    };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/evidence-bundles/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a bundle of evidence.
#[utoipa::path(get, path = "/api/v1/evidence-bundles/{evidence_bundle_id}", tag = "evidence",
    operation_id = "get_evidence_bundle", params(EvidenceBundlePath),
    responses((status = 200, description = "The bundle", body = EvidenceBundleView)))]
async fn get(
    State(app): State<Shared>,
    read: ReadOne<EvidenceBundlePath>,
) -> Result<Found<EvidenceBundleView>, Problem> {
    read.allow(&app, Action::ReadEvidence, Scope::Platform).await?;
    let found = read.one::<EvidenceBundle>(&app, read.path.evidence_bundle_id).await?;
    Ok(Found { version: found.version, view: EvidenceBundleView::of(found)? })
}

/// The bytes of a file of evidence, as `docs/custody/evidence.md` says.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct EvidenceBundleFile(pub Vec<u8>);

/// Sends a closed bundle of evidence as one file: its own entries and those that its items
/// name, each with its receipt under one checkpoint, which `gpuaas evidence verify` checks
/// offline. For whoever may read evidence and the entries of the log: platform auditors.
#[utoipa::path(get, path = "/api/v1/evidence-bundles/{evidence_bundle_id}/file", tag = "evidence",
    operation_id = "export_evidence_bundle", params(EvidenceBundlePath),
    responses((status = 200, description = "The file", content_type = "application/vnd.gpuaas.evidence",
        body = EvidenceBundleFile)))]
async fn file(State(app): State<Shared>, read: Read<EvidenceBundlePath>) -> Result<Response, Problem> {
    read.allow(&app, Action::ReadEvidence, Scope::Platform).await?;
    // Whole entries are in it, of whomever they are.
    read.allow(&app, Action::ReadEntries, Scope::Platform).await?;
    let id = read.path.evidence_bundle_id;
    let body = evidence_file::open(&app, id).await?;
    let disposition = format!("attachment; filename=\"{id}.evidence\"");
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, body).into_response())
}

/// Adds a proof to a bundle of evidence.
#[utoipa::path(post, path = "/api/v1/evidence-bundles/{evidence_bundle_id}/items", tag = "evidence",
    operation_id = "record_evidence_item", params(EvidenceBundlePath), request_body = NewEvidenceItem,
    responses((status = 200, description = "The bundle as it is now", body = EvidenceBundleView)))]
async fn record_item(
    State(app): State<Shared>,
    mutation: Mutation<EvidenceBundlePath, NewEvidenceItem>,
) -> Result<Changed<EvidenceBundleView>, Problem> {
    let NewEvidenceItem { evidence_type, producer, result, owner, retention_class, details, entries } = mutation.body;
    let command = RecordEvidenceItem {
        bundle: mutation.path.evidence_bundle_id,
        evidence_type,
        producer,
        result,
        owner,
        retention_class,
        details: details.unwrap_or_default(),
        entries: entries.unwrap_or_default(),
    };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Adds what items of a bundle say of an invariant, in place of what was said before.
#[utoipa::path(post, path = "/api/v1/evidence-bundles/{evidence_bundle_id}/invariants", tag = "evidence",
    operation_id = "record_evidence_invariant", params(EvidenceBundlePath), request_body = NewEvidenceInvariant,
    responses((status = 200, description = "The bundle as it is now", body = EvidenceBundleView)))]
async fn record_invariant(
    State(app): State<Shared>,
    mutation: Mutation<EvidenceBundlePath, NewEvidenceInvariant>,
) -> Result<Changed<EvidenceBundleView>, Problem> {
    let NewEvidenceInvariant { invariant, result, items } = mutation.body;
    let command = RecordEvidenceInvariant { bundle: mutation.path.evidence_bundle_id, invariant, result, items };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Takes nothing more into a bundle of evidence.
#[utoipa::path(post, path = "/api/v1/evidence-bundles/{evidence_bundle_id}/close", tag = "evidence",
    operation_id = "close_evidence_bundle", params(EvidenceBundlePath),
    responses((status = 200, description = "The bundle as it is now", body = EvidenceBundleView)))]
async fn close(
    State(app): State<Shared>,
    mutation: Mutation<EvidenceBundlePath, NoBody>,
) -> Result<Changed<EvidenceBundleView>, Problem> {
    let command = CloseEvidenceBundle { bundle: mutation.path.evidence_bundle_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

async fn changed(app: &App, answer: &Answer<EvidenceBundle>) -> Result<Changed<EvidenceBundleView>, Problem> {
    let view = EvidenceBundleView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
