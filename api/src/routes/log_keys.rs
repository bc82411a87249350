//! The keys that sign the log's checkpoints. A change of them is an entry of the log; the
//! first checkpoint that covers it is signed by the new key and by the one that it replaces.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use gpuaas_commands::{Action, Refusal, Scope};
use gpuaas_domain::Code;
use gpuaas_log::checkpoint::{KeyRing as _, Signs, VerifierKey, signature_of};
use gpuaas_log::state::KeyList;

use crate::app::{App, Shared};
use crate::http::answer::Changed;
use crate::http::mutation::NoPath;
use crate::http::{Mutation, Problem, Read};
use crate::views::log_keys::{LogKeyListView, LogKeyLists, NewLogKey};

/// What a key signs to show that it can: no checkpoint, which has three lines.
const TRIAL: &str = "can this key sign?\n";

/// Lists the keys that sign the log's checkpoints, and those that did.
#[utoipa::path(get, path = "/api/v1/log/keys", tag = "log", operation_id = "list_log_keys",
    responses((status = 200, description = "All lists of keys", body = LogKeyLists)))]
pub async fn list(State(app): State<Shared>, read: Read<NoPath>) -> Result<Json<LogKeyLists>, Problem> {
    read.allow(&app, Action::ReadLogKeys, Scope::Platform).await?;
    let lists = lists(&app).await?;
    let mut items = Vec::new();
    for (place, list) in lists.iter().enumerate() {
        let first = app.engine.log().checkpoints_after(list.since - 1, 1).await.map_err(Problem::unavailable)?;
        let size = first.first().map(|checkpoint| checkpoint.size);
        items.push(LogKeyListView::of(list, place + 1 == lists.len(), size));
    }
    Ok(Json(LogKeyLists { items }))
}

/// Replaces the key that signs the log's checkpoints. The new key is durable before the log
/// names it, and must sign a trial first, as must the one that it replaces; the next
/// checkpoint is signed by both. Answers the list in force. Its version, for `If-Match`, is
/// how many lists there have been.
#[utoipa::path(post, path = "/api/v1/log/keys/rotate", tag = "log", operation_id = "rotate_log_key",
    request_body = NewLogKey,
    responses((status = 200, description = "The list in force", body = LogKeyListView)))]
pub async fn rotate(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewLogKey>,
) -> Result<Changed<LogKeyListView>, Problem> {
    let wanted = mutation.body.key.as_deref().map(read_key).transpose()?;
    let change = app.engine.change_log_keys(&mutation.context, |lists| next(&app, wanted.as_ref(), lists)).await?;
    let lists = lists(&app).await?;
    // The list that a repeated request put in force may have been replaced since.
    let place = lists.iter().position(|list| Some(list.since) == change.position).unwrap_or(lists.len() - 1);
    // A repeated request gets the same answer: without what came later.
    let view = LogKeyListView::of(&lists[place], place + 1 == lists.len(), None);
    Ok(Changed::of_log(&app, change, place as u64 + 1, view))
}

/// All lists, of which there is one at least.
async fn lists(app: &App) -> Result<Vec<KeyList>, Problem> {
    let lists = app.engine.log().key_lists().await.map_err(Problem::unavailable)?;
    if lists.is_empty() { Err(Problem::internal("a log without keys")) } else { Ok(lists) }
}

fn read_key(text: &str) -> Result<VerifierKey, Problem> {
    text.parse().map_err(|error| Problem::at(Code::InvalidField, "key", format!("{error}")))
}

/// The list that comes after these: one key, which can sign here.
async fn next(app: &Shared, wanted: Option<&VerifierKey>, lists: Vec<KeyList>) -> Result<Vec<VerifierKey>, Refusal> {
    let named: Vec<VerifierKey> = lists.iter().flat_map(|list| list.keys.iter().cloned()).collect();
    let in_force = lists.last().map(|list| list.keys.clone()).unwrap_or_default();
    let key = match wanted {
        Some(key) if named.contains(key) => {
            let message =
                "the log has named this key before; a key that was replaced does not come back, so make another";
            return Err(Refusal::invalid_field("key", message));
        }
        Some(key) => key.clone(),
        None => {
            let (keys, named) = (app.log_keys.clone(), named.clone());
            let made = tokio::task::spawn_blocking(move || keys.next(&named)).await;
            made.map_err(Refusal::internal)?.map_err(unavailable)?
        }
    };
    let here = app.log_keys.keys().await.map_err(unavailable)?;
    let others = could_follow(&here, &named);
    for (role, list) in [("the new key", std::slice::from_ref(&key)), ("the key in force", &in_force[..])] {
        can_sign(&here, role, list, &others).await?;
    }
    Ok(vec![key])
}

/// The keys that are to be had here and that the log has not named: each could come next. So
/// is told what the setting's seeds are called.
fn could_follow(here: &[Arc<dyn Signs>], named: &[VerifierKey]) -> String {
    let keys = here.iter().map(|key| key.verifier()).filter(|key| !named.contains(key));
    let keys: Vec<String> = keys.map(ToString::to_string).collect();
    match &keys[..] {
        [] => "there is no other key here; without one named, one is made in the key store".to_owned(),
        keys => format!("the keys that could sign here: {}", keys.join(", ")),
    }
}

/// One of these keys can sign. Once the log names a key that cannot, no checkpoint can be
/// signed any more.
async fn can_sign(here: &[Arc<dyn Signs>], role: &str, list: &[VerifierKey], others: &str) -> Result<(), Refusal> {
    let unavailable =
        |why: String| Refusal::new(Code::SigningKeyUnavailable, format!("{role} cannot sign here: {why}"));
    let key = here.iter().find(|key| list.contains(key.verifier()));
    let key =
        key.ok_or_else(|| unavailable(format!("name it in the setting signing-keys of every server; {others}")))?;
    signature_of(&**key, TRIAL).await.map(drop).map_err(|error| {
        tracing::warn!(%error, role, "a key cannot sign");
        unavailable("see the server's log, and mend what holds the key".to_owned())
    })
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "the keys of the log");
    Refusal::new(Code::Unavailable, "the log's keys cannot be reached at present and nothing was written; try again")
}
