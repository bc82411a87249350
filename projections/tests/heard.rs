//! When nodes were heard last.

use std::collections::BTreeMap;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{NodeId, TypedId as _};
use gpuaas_projections::Heard;
use uuid::Uuid;

use crate::database::Database;
use crate::on_both;

on_both! {
    what_any_server_heard_last_counts,
}

fn node(number: u128) -> NodeId {
    NodeId::from_uuid(Uuid::from_u128(number))
}

async fn what_any_server_heard_last_counts(database: &Database) {
    let heard = Heard::new(database.open().await);
    heard.tell(&BTreeMap::new()).await.unwrap();
    heard.tell(&(1..=5).map(|number| (node(number), Timestamp(10))).collect()).await.unwrap();
    let another = Heard::new(database.open().await);
    another.tell(&BTreeMap::from([(node(1), Timestamp(7)), (node(2), Timestamp(20))])).await.unwrap();
    let known = heard.of(&[node(1), node(2), node(9)]).await.unwrap();
    assert_eq!(known, BTreeMap::from([(node(1), Timestamp(10)), (node(2), Timestamp(20))]));
}
