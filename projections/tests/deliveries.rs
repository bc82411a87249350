//! How far webhooks have come, and what they gave up.

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{TypedId as _, WebhookId};
use gpuaas_projections::{DeadLetter, Deliveries, Place};
use uuid::Uuid;

use crate::database::Database;
use crate::on_both;

on_both! {
    a_webhook_is_held_by_one_server_at_a_time,
    only_its_holder_moves_a_webhook,
    a_dead_letter_is_kept_until_it_is_delivered_after_all,
    a_redelivery_is_given_to_one_server,
    a_redelivery_of_a_server_that_ended_is_given_to_another_one,
}

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn webhook() -> WebhookId {
    WebhookId::from_uuid(Uuid::from_u128(7))
}

fn at(micros: u64) -> Timestamp {
    Timestamp(micros)
}

fn letter(sequence: u64) -> DeadLetter {
    DeadLetter {
        webhook: webhook(),
        sequence,
        event: "project.created".into(),
        attempts: 10,
        failure: "it answers 500".into(),
        failed_at: at(5),
        due: at(0),
    }
}

async fn begun(database: &Database) -> Deliveries {
    let deliveries = Deliveries::new(database.open().await);
    deliveries.begin(webhook(), 3).await.unwrap();
    deliveries
}

async fn a_webhook_is_held_by_one_server_at_a_time(database: &Database) {
    let deliveries = begun(database).await;
    deliveries.begin(webhook(), 9).await.unwrap();
    let begun = Some(Place { cursor: 3, ..Place::default() });
    assert_eq!(deliveries.hold(webhook(), ONE, at(10), at(20)).await.unwrap(), begun, "it begins once");
    let another = Deliveries::new(database.open().await);
    assert_eq!(another.hold(webhook(), OTHER, at(19), at(29)).await.unwrap(), None);
    assert_eq!(deliveries.hold(webhook(), ONE, at(19), at(25)).await.unwrap(), begun, "its holder goes on");
    assert_eq!(another.hold(webhook(), OTHER, at(24), at(30)).await.unwrap(), None);
    assert_eq!(another.hold(webhook(), OTHER, at(25), at(30)).await.unwrap(), begun);
    assert_eq!(another.hold(WebhookId::from_uuid(ONE), OTHER, at(25), at(30)).await.unwrap(), None);
}

async fn only_its_holder_moves_a_webhook(database: &Database) {
    let deliveries = begun(database).await;
    let moved = Place {
        cursor: 4,
        replays: 1,
        attempts: 2,
        next_at: at(77),
        suspect: true,
        failure: "it answers 500".into(),
        delivered_at: at(9),
        version: 12,
    };
    assert!(!deliveries.save(webhook(), ONE, &moved).await.unwrap(), "nobody holds it");
    deliveries.hold(webhook(), ONE, at(1), at(2)).await.unwrap();
    assert!(deliveries.save(webhook(), ONE, &moved).await.unwrap());
    assert_eq!(deliveries.of(&[webhook()]).await.unwrap()[&webhook()], moved);
    deliveries.hold(webhook(), OTHER, at(2), at(3)).await.unwrap();
    assert!(!deliveries.save(webhook(), ONE, &Place::default()).await.unwrap(), "another one holds it");
    assert!(!deliveries.give_up(ONE, &Place::default(), &letter(5)).await.unwrap());
    assert_eq!(deliveries.of(&[webhook()]).await.unwrap()[&webhook()], moved);
    assert!(deliveries.dead_letters(webhook(), 0, 10).await.unwrap().is_empty(), "nothing is given up either");
}

async fn a_dead_letter_is_kept_until_it_is_delivered_after_all(database: &Database) {
    let deliveries = begun(database).await;
    deliveries.hold(webhook(), ONE, at(1), at(2)).await.unwrap();
    for sequence in [4, 5, 6] {
        let place = Place { cursor: sequence, suspect: true, ..Place::default() };
        assert!(deliveries.give_up(ONE, &place, &letter(sequence)).await.unwrap());
    }
    assert_eq!(deliveries.of(&[webhook()]).await.unwrap()[&webhook()].cursor, 6);
    assert_eq!(deliveries.dead_letters(webhook(), 4, 1).await.unwrap(), [letter(5)]);
    deliveries.failed(&letter(5), "no answer", at(8)).await.unwrap();
    let failed = DeadLetter { attempts: 11, failure: "no answer".into(), failed_at: at(8), ..letter(5) };
    assert_eq!(deliveries.dead_letters(webhook(), 4, 10).await.unwrap(), [failed, letter(6)]);
    deliveries.delivered(webhook(), 5).await.unwrap();
    assert_eq!(deliveries.dead_letters(webhook(), 0, 10).await.unwrap(), [letter(4), letter(6)]);
    deliveries.forget(webhook()).await.unwrap();
    assert!(deliveries.dead_letters(webhook(), 0, 10).await.unwrap().is_empty());
    assert!(deliveries.of(&[webhook()]).await.unwrap().is_empty());
}

async fn a_redelivery_is_given_to_one_server(database: &Database) {
    let deliveries = begun(database).await;
    deliveries.hold(webhook(), ONE, at(1), at(2)).await.unwrap();
    deliveries.give_up(ONE, &Place::default(), &letter(4)).await.unwrap();
    assert!(!deliveries.request(webhook(), 5, at(10)).await.unwrap(), "there is no such letter");
    assert!(deliveries.take_due(10, at(11), at(20)).await.unwrap().is_empty());
    assert!(deliveries.request(webhook(), 4, at(10)).await.unwrap());
    let another = Deliveries::new(database.open().await);
    let (one, other) = tokio::join!(deliveries.take_due(10, at(11), at(20)), another.take_due(10, at(11), at(20)));
    let taken = [one.unwrap(), other.unwrap()].concat();
    assert_eq!(taken, [DeadLetter { due: at(20), ..letter(4) }]);
    deliveries.failed(&taken[0], "no answer", at(12)).await.unwrap();
    let failed = DeadLetter { attempts: 11, failure: "no answer".into(), failed_at: at(12), ..letter(4) };
    assert_eq!(deliveries.dead_letters(webhook(), 0, 10).await.unwrap(), [failed], "it is due no more");
}

async fn a_redelivery_of_a_server_that_ended_is_given_to_another_one(database: &Database) {
    let deliveries = begun(database).await;
    deliveries.hold(webhook(), ONE, at(1), at(2)).await.unwrap();
    for sequence in [4, 5] {
        deliveries.give_up(ONE, &Place::default(), &letter(sequence)).await.unwrap();
    }
    deliveries.request(webhook(), 5, at(8)).await.unwrap();
    deliveries.request(webhook(), 4, at(9)).await.unwrap();
    let taken = deliveries.take_due(1, at(10), at(20)).await.unwrap();
    assert_eq!(taken, [DeadLetter { due: at(20), ..letter(5) }], "the one that has waited longest");
    let another = Deliveries::new(database.open().await);
    assert_eq!(another.take_due(10, at(19), at(29)).await.unwrap(), [DeadLetter { due: at(29), ..letter(4) }]);
    assert_eq!(another.take_due(10, at(20), at(30)).await.unwrap(), [DeadLetter { due: at(30), ..letter(5) }]);
    // What is asked for once more while it is sent stays due although that fails.
    another.request(webhook(), 5, at(21)).await.unwrap();
    another.failed(&DeadLetter { due: at(30), ..letter(5) }, "no answer", at(22)).await.unwrap();
    assert_eq!(another.take_due(10, at(23), at(33)).await.unwrap()[0].sequence, 5);
}
