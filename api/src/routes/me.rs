//! One's own account.

use axum::extract::State;
use gpuaas_commands::handlers::user::UpdateProfile;
use gpuaas_commands::{Action, Actor, Context, Principal, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::UserId;
use gpuaas_domain::token::Subject;
use gpuaas_domain::user::User;

use super::users;
use crate::app::Shared;
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoPath;
use crate::http::{Mutation, Problem, ReadOne};
use crate::views::user::{ProfileChange, UserView};

/// Shows one's own account.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "me", operation_id = "get_me",
    responses((status = 200, description = "The account", body = UserView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<NoPath>) -> Result<Found<UserView>, Problem> {
    let me = person(read.principal)?;
    read.allow(&app, Action::ReadOwnProfile, Scope::Own(me)).await?;
    let found = read.one::<User>(&app, me).await?;
    Ok(Found { version: found.version, view: UserView::open(&app, found).await? })
}

/// Changes one's own name and address.
#[utoipa::path(patch, path = "/api/v1/users/me", tag = "me", operation_id = "update_me", request_body = ProfileChange,
    responses((status = 200, description = "The account as it is now", body = UserView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, ProfileChange>,
) -> Result<Changed<UserView>, Problem> {
    let ProfileChange { display_name, email } = mutation.body;
    let command = UpdateProfile { id: actor(&mutation.context)?, display_name, email };
    users::changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// The person who issues a command.
pub(super) fn actor(context: &Context) -> Result<UserId, Problem> {
    let Actor::Principal(principal) = context.actor else { return Err(Problem::of(Code::Unauthenticated)) };
    person(principal)
}

/// The person that a token speaks for.
pub(super) fn person(principal: Principal) -> Result<UserId, Problem> {
    match principal.subject {
        Subject::User(user) => Ok(user),
        Subject::ServiceAccount(_) => {
            Err(Problem::new(Code::Forbidden, "this is about people's own accounts; a service account has none"))
        }
    }
}
