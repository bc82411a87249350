//! People's accounts, for platform admins.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::user::{CreateUser, DisableUser, EnableUser, EraseUser, SetPlatformRoles};
use gpuaas_commands::{Action, Answer, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::user::User;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::UserPath;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::{NoBody, NoPath};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::user::{NewUser, UserChange, UserStatus, UserStatusChange, UserView};

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Users {
    /// Active, disabled or erased ones; left out: all.
    status: Option<UserStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists people.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", operation_id = "list_users", params(Users),
    responses((status = 200, description = "A page, the oldest first", body = Page<UserView>)))]
pub async fn list(State(app): State<Shared>, read: Read<NoPath, Users>) -> Result<Json<Page<UserView>>, Problem> {
    read.allow(&app, Action::ReadUsers, Scope::Platform).await?;
    let Users { status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<User>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let mut items = Vec::with_capacity(found.len());
    for user in found {
        items.push(UserView::open(&app, user).await?);
    }
    Ok(Json(Page { items, next_cursor }))
}

/// Creates a person's account.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", operation_id = "create_user", request_body = NewUser,
    responses((status = 201, description = "The new account", body = UserView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewUser>,
) -> Result<Changed<UserView>, Problem> {
    let NewUser { display_name, email, platform_roles } = mutation.body;
    let answer = app.engine.execute(&mutation.context, &CreateUser { display_name, email, platform_roles }).await?;
    let location = format!("/api/v1/users/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a person's account.
#[utoipa::path(get, path = "/api/v1/users/{user_id}", tag = "users", operation_id = "get_user", params(UserPath),
    responses((status = 200, description = "The account", body = UserView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<UserPath>) -> Result<Found<UserView>, Problem> {
    read.allow(&app, Action::ReadUsers, Scope::Platform).await?;
    let found = read.one::<User>(&app, read.path.user_id).await?;
    Ok(Found { version: found.version, view: UserView::open(&app, found).await? })
}

/// Changes a person's platform roles, or whether their tokens count.
#[utoipa::path(patch, path = "/api/v1/users/{user_id}", tag = "users", operation_id = "update_user", params(UserPath),
    request_body = UserChange, responses((status = 200, description = "The account as it is now", body = UserView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<UserPath, UserChange>,
) -> Result<Changed<UserView>, Problem> {
    let (id, context) = (mutation.path.user_id, &mutation.context);
    let answer = match (mutation.body.platform_roles, mutation.body.status) {
        (Some(platform_roles), None) => app.engine.execute(context, &SetPlatformRoles { id, platform_roles }).await?,
        (None, Some(UserStatusChange::Active)) => app.engine.execute(context, &EnableUser { id }).await?,
        (None, Some(UserStatusChange::Disabled)) => app.engine.execute(context, &DisableUser { id }).await?,
        (None, None) | (Some(_), Some(_)) => {
            let message = "send platform_roles or status, one of them in a request";
            return Err(Problem::at(Code::InvalidField, "body", message));
        }
    };
    changed(&app, &answer).await
}

/// Erases a person: their tokens and roles count no more, for ever; the key of their name and
/// address is destroyed, so that neither can be read in the log, its copies or its backups;
/// and the address may be used again. This cannot be undone.
#[utoipa::path(post, path = "/api/v1/users/{user_id}/erase", tag = "users", operation_id = "erase_user",
    params(UserPath), responses((status = 200, description = "What is left of the account", body = UserView)))]
pub async fn erase(
    State(app): State<Shared>,
    mutation: Mutation<UserPath, NoBody>,
) -> Result<Changed<UserView>, Problem> {
    let (id, context) = (mutation.path.user_id, &mutation.context);
    let answer = app.engine.execute(context, &EraseUser { id }).await?;
    if !context.dry_run {
        // The server that follows the log would do it, too; whoever is answered knows that it is done.
        app.world.erase(id.uuid()).await?;
    }
    changed(&app, &answer).await
}

pub(super) async fn changed(app: &App, answer: &Answer<User>) -> Result<Changed<UserView>, Problem> {
    let view = UserView::open(app, Resource::of_answer(app, answer).await?).await?;
    Ok(Changed::new(app, answer, view))
}
