//! The columns are indexes: found out when they lie, and rebuilt from the bytes.

use gpuaas_log::indexes::{IndexFault, check, rebuild};
use gpuaas_log::log::Log;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(columns_that_lie_are_found_and_rebuilt, a_changed_entry_is_not_repaired);

async fn columns_that_lie_are_found_and_rebuilt(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    for number in 1..6 {
        let mut append = create_project(org, number);
        append.claims = vec![take(number as u8)];
        log.append(append).await.unwrap();
    }
    log.close().await;
    let store = place.open().await;
    check(&*store).await.unwrap();
    store.close().await;
    let lies = [
        "UPDATE log_entries SET version = 77 WHERE event = 'project.created'",
        "UPDATE log_entries SET event = 'project.gone' WHERE position = 12",
        "UPDATE log_entries SET recorded_at = recorded_at + 1 WHERE position = 3",
        "UPDATE log_entries SET append_index = 1, command_id = stream_id",
        "DELETE FROM log_claims",
        "UPDATE log_claims SET scope = 'other'",
        "UPDATE log_head SET position = position - 1",
        "UPDATE log_head SET recorded_at = 1",
        // Of a level that this tree has not reached.
        "INSERT INTO log_tiles (level, place, root, hashes) SELECT 5, 0, hash, hash FROM log_head",
    ];
    for lie in lies {
        place.tamper(lie).await;
        let store = place.open().await;
        assert!(check(&*store).await.is_err(), "{lie}");
        rebuild(&*store).await.unwrap();
        check(&*store).await.unwrap();
        store.close().await;
    }
    let log = Log::open(place.open().await, Default::default()).await.unwrap();
    log.append(change_project(org, 1, 1)).await.unwrap();
    verify_all(&log).await;
}

async fn a_changed_entry_is_not_repaired(place: &impl Place) {
    let (log, _) = log_with_organization(place).await;
    log.close().await;
    place
        .tamper("UPDATE log_entries SET bytes = (SELECT bytes FROM log_entries WHERE position = 2) WHERE position = 4")
        .await;
    let store = place.open().await;
    assert_eq!(check(&*store).await, Err(IndexFault::Chain(4)));
    assert_eq!(rebuild(&*store).await, Err(IndexFault::Chain(4)));
}
