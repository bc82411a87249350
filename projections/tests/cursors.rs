//! Saved places of other consumers.

use gpuaas_projections::Cursors;

use crate::database::Database;
use crate::on_both;

on_both! {
    only_one_of_many_moves_from_the_same_place,
    a_cursor_is_where_it_was_left,
}

async fn a_cursor_is_where_it_was_left(database: &Database) {
    let cursors = Cursors::new(database.open().await);
    assert_eq!(cursors.get("placement").await.unwrap(), None);
    assert!(!cursors.compare_and_set("placement", Some(0), 1).await.unwrap(), "it was never saved");
    assert!(cursors.compare_and_set("placement", None, 7).await.unwrap());
    assert!(!cursors.compare_and_set("placement", None, 8).await.unwrap(), "it was saved");
    assert!(cursors.compare_and_set("placement", Some(7), 9).await.unwrap());
    let reopened = Cursors::new(database.open().await);
    assert_eq!(reopened.get("placement").await.unwrap(), Some(9));
    assert_eq!(reopened.get("launch").await.unwrap(), None);
}

async fn only_one_of_many_moves_from_the_same_place(database: &Database) {
    let mut movers = Vec::new();
    for _ in 0..8 {
        let cursors = Cursors::new(database.open().await);
        movers.push(tokio::spawn(async move {
            let mut moved = 0;
            for from in 0..20u64 {
                let expected = (from > 0).then_some(from);
                moved += u64::from(cursors.compare_and_set("placement", expected, from + 1).await.unwrap());
                while cursors.get("placement").await.unwrap() < Some(from + 1) {
                    tokio::task::yield_now().await;
                }
            }
            moved
        }));
    }
    let mut total = 0;
    for mover in movers {
        total += mover.await.unwrap();
    }
    assert_eq!(total, 20, "each place was left once");
}
