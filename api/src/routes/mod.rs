//! The routes: one file per noun. A handler goes from the request to a command or a
//! query and back, and decides nothing.

pub mod allocations;
pub mod app_instances;
pub mod app_versions;
pub mod apps;
pub mod artifacts;
mod audit;
mod catalog;
pub mod entitlements;
pub mod events;
pub mod evidence;
pub mod explanation;
pub mod invoices;
pub mod ledgers;
pub mod log;
pub mod log_keys;
pub mod me;
mod nodes;
pub mod organization_members;
pub mod organizations;
pub mod path;
pub mod personal_tokens;
pub mod price_books;
mod prices;
pub mod project_members;
pub mod projects;
mod scope;
pub mod secrets;
pub mod service_accounts;
pub mod skus;
pub mod tokens;
pub mod usage;
pub mod usage_units;
pub mod users;
pub mod webhooks;
mod workloads;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

/// Every route under `/api/v1`, with its part of the document.
#[must_use]
pub fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(organizations::list, organizations::create))
        .routes(routes!(organizations::get, organizations::update))
        .routes(routes!(organization_members::list, organization_members::add))
        .routes(routes!(organization_members::get, organization_members::change, organization_members::remove))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::get, projects::update, projects::archive))
        .routes(routes!(project_members::list, project_members::add))
        .routes(routes!(project_members::get, project_members::change, project_members::remove))
        .routes(routes!(service_accounts::list, service_accounts::create))
        .routes(routes!(service_accounts::get, service_accounts::change, service_accounts::delete))
        .routes(routes!(secrets::add))
        .routes(routes!(secrets::revoke))
        .routes(routes!(users::list, users::create))
        .routes(routes!(me::get, me::update))
        .routes(routes!(users::get, users::update))
        .routes(routes!(users::erase))
        .routes(routes!(personal_tokens::list_own, personal_tokens::issue_own))
        .routes(routes!(personal_tokens::revoke_own))
        .routes(routes!(personal_tokens::list, personal_tokens::issue))
        .routes(routes!(personal_tokens::revoke))
        .routes(routes!(tokens::exchange))
        .routes(routes!(tokens::rotate))
        .routes(routes!(events::organization))
        .routes(routes!(events::project))
        .merge(evidence::routes())
        .routes(routes!(log_keys::list))
        .routes(routes!(log_keys::rotate))
        .merge(audit::routes())
        .routes(routes!(explanation::get))
        .merge(log::routes())
        .merge(catalog_api())
        .merge(workloads_api())
        .merge(money_api())
        .merge(nodes::routes())
        .merge(workloads::routes())
        .merge(webhooks::routes())
}

/// What can be launched, and by whom.
fn catalog_api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(apps::create))
        .routes(routes!(apps::list))
        .routes(routes!(apps::get, apps::update))
        .routes(routes!(app_versions::list, app_versions::create))
        .routes(routes!(app_versions::get))
        .routes(routes!(app_versions::publish))
        .routes(routes!(app_versions::retire))
        .routes(routes!(artifacts::list, artifacts::upload))
        .routes(routes!(artifacts::get))
        .routes(routes!(artifacts::verify))
        .routes(routes!(artifacts::publish))
        .routes(routes!(artifacts::promote))
        .routes(routes!(artifacts::retire))
        .routes(routes!(entitlements::list))
        .routes(routes!(entitlements::set))
}

/// What is allocated, and what runs there.
fn workloads_api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(skus::list, skus::create))
        .routes(routes!(skus::get))
        .routes(routes!(skus::retire))
        .routes(routes!(allocations::list, allocations::create))
        .routes(routes!(allocations::get, allocations::release))
        .routes(routes!(app_instances::list, app_instances::launch))
        .routes(routes!(app_instances::get, app_instances::delete))
        .routes(routes!(app_instances::stop))
        .routes(routes!(app_instances::start))
        .routes(routes!(app_instances::restart))
        .routes(routes!(app_instances::cancel))
        .routes(routes!(app_instances::decommission))
}

/// What is used, and what it costs.
fn money_api() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(usage_units::list, usage_units::register))
        .routes(routes!(usage_units::get))
        .routes(routes!(usage_units::retire))
        .routes(routes!(usage::record))
        .routes(routes!(usage::list))
        .routes(routes!(usage::list_allocations))
        .routes(routes!(price_books::list, price_books::create))
        .routes(routes!(price_books::get))
        .routes(routes!(price_books::set_price))
        .routes(routes!(price_books::withdraw_price))
        .routes(routes!(ledgers::get, ledgers::open))
        .routes(routes!(ledgers::postings))
        .routes(routes!(invoices::list, invoices::issue))
        .routes(routes!(invoices::get))
        .routes(routes!(invoices::document))
        .routes(routes!(invoices::preview))
}
