//! Price books: what things cost, for those who run the platform. What an organization
//! pays is shown with the SKUs.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::price_book::{CreatePriceBook, SetPrice, WithdrawPrice};
use gpuaas_commands::{Action, Answer, Scope};
use gpuaas_domain::price_book::PriceBook;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::PriceBookPath;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::period::read_moment;
use crate::views::price_book::{NewPrice, NewPriceBook, PriceBookView, PriceWithdrawal};

/// Which price books.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PriceBooks {
    /// With exactly this name.
    #[param(max_length = 48)]
    name: Option<String>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the price books.
#[utoipa::path(get, path = "/api/v1/price-books", tag = "prices", operation_id = "list_price_books",
    params(PriceBooks), responses((status = 200, description = "A page, by name", body = Page<PriceBookView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<NoPath, PriceBooks>,
) -> Result<Json<Page<PriceBookView>>, Problem> {
    read.allow(&app, Action::ReadPriceBooks, Scope::Platform).await?;
    let PriceBooks { name, limit, cursor } = read.query;
    let filter = Filter { name, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<PriceBook>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(PriceBookView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Makes a price book. The one named `standard` is for every organization that has no other.
#[utoipa::path(post, path = "/api/v1/price-books", tag = "prices", operation_id = "create_price_book",
    request_body = NewPriceBook,
    responses((status = 201, description = "The new price book", body = PriceBookView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewPriceBook>,
) -> Result<Changed<PriceBookView>, Problem> {
    let NewPriceBook { name, currency } = mutation.body;
    let answer = app.engine.execute(&mutation.context, &CreatePriceBook { name, currency }).await?;
    let location = format!("/api/v1/price-books/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a price book with all its prices.
#[utoipa::path(get, path = "/api/v1/price-books/{price_book_id}", tag = "prices", operation_id = "get_price_book",
    params(PriceBookPath), responses((status = 200, description = "The price book", body = PriceBookView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<PriceBookPath>) -> Result<Found<PriceBookView>, Problem> {
    read.allow(&app, Action::ReadPriceBooks, Scope::Platform).await?;
    let found = read.one::<PriceBook>(&app, read.path.price_book_id).await?;
    Ok(Found { version: found.version, view: PriceBookView::of(found)? })
}

/// Sets a price, from now on or from a later time. It holds until the next begins.
#[utoipa::path(post, path = "/api/v1/price-books/{price_book_id}/prices", tag = "prices",
    operation_id = "set_price", params(PriceBookPath), request_body = NewPrice,
    responses((status = 200, description = "The price book as it is now", body = PriceBookView)))]
pub async fn set_price(
    State(app): State<Shared>,
    mutation: Mutation<PriceBookPath, NewPrice>,
) -> Result<Changed<PriceBookView>, Problem> {
    let NewPrice { item, currency, price, effective_from } = mutation.body;
    let effective_from = effective_from.map(|text| read_moment("effective_from", &text)).transpose()?;
    let id = mutation.path.price_book_id;
    let command = SetPrice { id, item: item.try_into()?, currency, price, effective_from };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Takes back a price that does not hold yet.
#[utoipa::path(post, path = "/api/v1/price-books/{price_book_id}/prices/withdraw", tag = "prices",
    operation_id = "withdraw_price", params(PriceBookPath), request_body = PriceWithdrawal,
    responses((status = 200, description = "The price book as it is now", body = PriceBookView)))]
pub async fn withdraw_price(
    State(app): State<Shared>,
    mutation: Mutation<PriceBookPath, PriceWithdrawal>,
) -> Result<Changed<PriceBookView>, Problem> {
    let PriceWithdrawal { item, currency, effective_from } = mutation.body;
    let effective_from = read_moment("effective_from", &effective_from)?;
    let id = mutation.path.price_book_id;
    let command = WithdrawPrice { id, item: item.try_into()?, currency, effective_from };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

async fn changed(app: &App, answer: &Answer<PriceBook>) -> Result<Changed<PriceBookView>, Problem> {
    let view = PriceBookView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
