//! Which organization is meant: by its id, or by its slug if the export shows it.

use std::collections::BTreeMap;

use anyhow::{anyhow, ensure};
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::organization::Organization;
use gpuaas_domain::{Aggregate as _, AnyEvent, Kind};
use gpuaas_log::export::ExportKind;

use super::Unproven;
use super::source::Source;

/// The organization of this id or slug.
pub(super) fn resolve(source: &Source, text: &str) -> Result<OrganizationId, Unproven> {
    let id = match text.parse() {
        Ok(id) => id,
        Err(_) => with_slug(source, text)?,
    };
    holds(source, id)?;
    Ok(id)
}

/// An organization's own export holds nothing of another's.
fn holds(source: &Source, id: OrganizationId) -> anyhow::Result<()> {
    if let ExportKind::Owner(owner) = source.kind {
        let owner = OrganizationId::from_uuid(owner);
        ensure!(owner == id, "the export holds what belongs to {owner}, and nothing of {id}");
    }
    Ok(())
}

/// Whoever has the slug at the export's end.
fn with_slug(source: &Source, text: &str) -> Result<OrganizationId, Unproven> {
    let mut all: BTreeMap<OrganizationId, Organization> = BTreeMap::new();
    source.read(
        |kind, _| kind == Kind::Organization,
        |happened| {
            if let AnyEvent::Organization(event) = &happened.event {
                let state = all.entry(OrganizationId::from_uuid(happened.entry.stream.id)).or_default();
                *state = std::mem::take(state).evolve(event);
            }
            Ok(())
        },
    )?;
    let has_it = |state: &Organization| matches!(state, Organization::Active { slug, .. } if slug == text);
    let found = all.into_iter().find(|(_, state)| has_it(state)).map(|(id, _)| id);
    Ok(found.ok_or_else(|| anyhow!("the export shows no organization {text}"))?)
}
