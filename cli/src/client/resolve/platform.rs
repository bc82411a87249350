//! Names of what the platform itself has: nodes, SKUs, price books, usage units.

use gpuaas_domain::id::{NodeId, PriceBookId, SkuId, UsageUnitId};
use gpuaas_sdk::{Client, ListNodesQuery, ListPriceBooksQuery, ListSkusQuery, ListUsageUnitsQuery, NodeStatus};

use super::{first, is_id, only};
use crate::client::pages;
use crate::output::Failure;

/// An id, or a name.
pub(in crate::client) async fn node(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<NodeId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListNodesQuery { name: Some(text.to_owned()), limit: pages::LIMIT, ..Default::default() };
    let found = client.list_nodes(&query).await?.value.items.into_iter();
    only("node", text, found.map(|node| (node.id, node.status != NodeStatus::Removed)).collect())
}

/// An id, or a name.
pub(in crate::client) async fn sku(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<SkuId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListSkusQuery { name: Some(text.to_owned()), ..Default::default() };
    let found = client.list_skus(&query).await?.value.items;
    first("SKU", text, found.into_iter().map(|sku| sku.id))
}

/// An id, or a name.
pub(in crate::client) async fn price_book(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<PriceBookId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListPriceBooksQuery { name: Some(text.to_owned()), ..Default::default() };
    let found = client.list_price_books(&query).await?.value.items;
    first("price book", text, found.into_iter().map(|book| book.id))
}

/// An id, or a name.
pub(in crate::client) async fn usage_unit(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<UsageUnitId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListUsageUnitsQuery { name: Some(text.to_owned()), ..Default::default() };
    let found = client.list_usage_units(&query).await?.value.items;
    first("usage unit", text, found.into_iter().map(|unit| unit.id))
}
