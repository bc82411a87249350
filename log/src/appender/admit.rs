//! Whether an append may follow on the log as it stands.

use super::overlay::View;
use super::prepare::{Prepared, PreparedEvent, PreparedStream};
use crate::append::{AppendError, Appended, StreamId};
use crate::declaration::{LOG_KIND, ORGANIZATION_CREATED, ORGANIZATION_KIND};
use crate::entry::{Cause, Owner};
use crate::hash::Hash;
use crate::state::blob_digests;
use crate::store::FoundCommand;

type Admission = Result<(), AppendError>;

/// Checks a caller's append. All that it depends on is in the view, or is left to the
/// store's unique indexes.
pub(super) fn admit(append: &Prepared, view: View<'_>) -> Admission {
    check_new(append, view)?;
    for (index, stream) in append.streams.iter().enumerate() {
        check_declared(stream, view)?;
        check_owner(stream, &append.streams[..index], view)?;
    }
    check_versions(append, view)?;
    check_guards(append, view)?;
    check_claims(append, view)?;
    check_cause(append, view)?;
    check_blobs(append, view)
}

/// Whether the refusal may be because the caller knows of something that is not here yet.
pub(super) fn is_ahead(error: &AppendError) -> bool {
    match error {
        AppendError::VersionConflict { expected, actual, .. } | AppendError::GuardConflict { expected, actual, .. } => {
            expected > actual
        }
        AppendError::ClaimNotHeld { .. } => true,
        AppendError::ClaimTaken { .. }
        | AppendError::KeysChanged { .. }
        | AppendError::Duplicate { .. }
        | AppendError::TooLarge(_)
        | AppendError::Invalid(_)
        | AppendError::Overloaded { .. }
        | AppendError::Unavailable(_)
        | AppendError::Unknown(_)
        | AppendError::Stopped(_) => false,
    }
}

/// Whether the refusal rests on what is in the log, and not on the append alone.
pub(super) fn is_conflict(error: &AppendError) -> bool {
    match error {
        AppendError::VersionConflict { .. }
        | AppendError::GuardConflict { .. }
        | AppendError::ClaimTaken { .. }
        | AppendError::ClaimNotHeld { .. } => true,
        AppendError::KeysChanged { .. }
        | AppendError::Duplicate { .. }
        | AppendError::TooLarge(_)
        | AppendError::Invalid(_)
        | AppendError::Overloaded { .. }
        | AppendError::Unavailable(_)
        | AppendError::Unknown(_)
        | AppendError::Stopped(_) => false,
    }
}

fn check_new(append: &Prepared, view: View<'_>) -> Admission {
    let by_id = view.command(&append.command_id);
    let found = by_id.or_else(|| view.idempotency(append.metadata.idempotency.as_ref()?));
    found.map_or(Ok(()), |found| Err(duplicate(found)))
}

fn duplicate(found: &FoundCommand) -> AppendError {
    let first = Appended { positions: found.positions.clone(), recorded_at: found.recorded_at };
    AppendError::Duplicate { first, request: found.request }
}

fn check_declared(stream: &PreparedStream, view: View<'_>) -> Admission {
    let declared = &view.memory.declared;
    if declared.kind(&stream.stream.kind).is_none() {
        return Err(invalid(format!("the kind {} was not declared", stream.stream.kind)));
    }
    match stream.events.iter().find(|event| declared.schema(&event.event, event.schema).is_none()) {
        Some(event) => Err(invalid(format!("{} version {} was not declared", event.event, event.schema))),
        None => Ok(()),
    }
}

/// Format, section 3: whose a stream may be, and how an organization begins.
fn check_owner(stream: &PreparedStream, before: &[PreparedStream], view: View<'_>) -> Admission {
    let known = view.stream(&stream.stream).flatten();
    if let Some(end) = known.filter(|end| end.owner != stream.owner) {
        return Err(invalid(format!("{} belongs to {}", stream.stream, name_of(end.owner))));
    }
    if known.is_none() && !may_own(stream, view) {
        return Err(invalid(format!("{} cannot belong to {}", stream.stream, name_of(stream.owner))));
    }
    let Some(organization) = stream.owner else { return Ok(()) };
    let is_known = view.owner_head(stream.owner).is_some() || before.iter().any(|before| before.owner == stream.owner);
    let begins = || {
        stream.stream == StreamId::new(ORGANIZATION_KIND, organization)
            && stream.events.first().is_some_and(|event| event.event == ORGANIZATION_CREATED)
    };
    if is_known || begins() {
        Ok(())
    } else {
        Err(invalid(format!("the first entry of {} must be {ORGANIZATION_CREATED}", name_of(stream.owner))))
    }
}

fn may_own(stream: &PreparedStream, view: View<'_>) -> bool {
    let kind = &*stream.stream.kind;
    let is_own = kind != ORGANIZATION_KIND || stream.owner == Some(stream.stream.id);
    is_own && view.memory.declared.kind(kind).is_some_and(|owner| owner.allows(stream.owner))
}

fn name_of(owner: Owner) -> String {
    owner.map_or_else(|| "the platform".to_owned(), |owner| owner.to_string())
}

fn check_versions(append: &Prepared, view: View<'_>) -> Admission {
    for PreparedStream { stream, expected, .. } in &append.streams {
        let (expected, actual) = (*expected, version(stream, view));
        if actual != expected {
            return Err(AppendError::VersionConflict { stream: stream.clone(), expected, actual });
        }
    }
    Ok(())
}

fn check_guards(append: &Prepared, view: View<'_>) -> Admission {
    for guard in &append.guards {
        let (expected, actual) = (guard.version, version(&guard.stream, view));
        if actual != expected {
            return Err(AppendError::GuardConflict { stream: guard.stream.clone(), expected, actual });
        }
    }
    Ok(())
}

/// What is not known was not asked about because it is expected to be absent.
fn version(stream: &StreamId, view: View<'_>) -> u64 {
    if stream.kind == LOG_KIND && stream.id == view.memory.identity.log_id {
        return view.log_version();
    }
    view.stream(stream).flatten().map_or(0, |end| end.version)
}

fn check_claims(append: &Prepared, view: View<'_>) -> Admission {
    let first = &append.streams[0].stream;
    for claim in &append.claims {
        let (scope, name) = (claim.scope.clone(), claim.name);
        match view.claim(&(scope.clone(), name)).flatten() {
            Some(holder) if claim.takes => return Err(AppendError::ClaimTaken { scope, name, holder: holder.clone() }),
            Some(holder) if holder != first => return Err(AppendError::ClaimNotHeld { scope, name }),
            None if !claim.takes => return Err(AppendError::ClaimNotHeld { scope, name }),
            Some(_) | None => {}
        }
    }
    Ok(())
}

fn check_cause(append: &Prepared, view: View<'_>) -> Admission {
    match append.metadata.cause {
        Cause::Here(position) if position > view.position() => {
            Err(invalid(format!("the cause {position} is not in the log yet")))
        }
        Cause::Here(_) | Cause::None | Cause::Elsewhere { .. } => Ok(()),
    }
}

/// Every declared field holds the digest of a blob that is there, and every blob that is
/// brought is named.
fn check_blobs(append: &Prepared, view: View<'_>) -> Admission {
    let mut named = Vec::new();
    for event in append.streams.iter().flat_map(|stream| &stream.events) {
        named.extend(blobs_of(event, view)?);
    }
    let brought = |digest: &Hash| append.blobs.iter().any(|(brought, _)| brought == digest);
    if let Some(missing) = named.iter().find(|digest| !brought(digest) && !view.has_blob(digest)) {
        return Err(invalid(format!("the blob {missing} is not in the log and was not brought")));
    }
    match append.blobs.iter().find(|(digest, _)| !named.contains(digest)) {
        Some((digest, _)) => Err(invalid(format!("no field names the blob {digest}"))),
        None => Ok(()),
    }
}

fn blobs_of(event: &PreparedEvent, view: View<'_>) -> Result<Vec<Hash>, AppendError> {
    let schema = view.memory.declared.schema(&event.event, event.schema);
    let fields = schema.map_or(&[][..], |schema| &schema.blobs);
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    blob_digests(event.payload.fields(), fields)
        .ok_or_else(|| invalid(format!("a field of {} that names a blob holds something else", event.event)))
}

fn invalid(what: String) -> AppendError {
    AppendError::Invalid(what)
}
