//! What a repository has to do, whatever it is on.

use std::collections::HashMap;

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, QueryReplay, SemanticVersionEventUpcaster};
use cqrs_es::{AggregateError, EventStore};
use gpuaas_log::cqrs_es::{LogEventRepository, log_cqrs};
use gpuaas_log::verify::Whose;
use serde_json::{Value, json};

use super::account::{BankAccount, Command, Event, Lookalike, Nameless, Told};
use super::world::{World, deposited, noted, serialized};

/// A test of each behaviour, on a store.
macro_rules! behaviours {
    ($on:ident) => {
        $crate::cqrs_es::behaviours::behaviours!($on:
            nothing_is_there_before_the_first_event,
            events_come_back_as_they_were_committed,
            an_aggregate_is_what_its_events_make_of_it,
            events_after_a_sequence_are_told_alone,
            a_sequence_that_is_taken_or_leaves_a_gap_writes_nothing,
            of_two_writers_one_is_told_of_the_conflict,
            a_conflict_between_servers_is_told_too,
            a_command_that_is_refused_writes_nothing,
            a_replay_tells_a_query_what_happened,
            a_stream_ends_whatever_its_reader_does,
            an_old_event_is_upcast,
            fractions_come_back_and_large_integers_are_refused,
            a_large_event_is_kept_outside_its_entry,
            types_of_one_name_in_the_log_are_kept_apart,
            what_has_no_name_in_the_log_is_refused,
            an_organization_s_aggregates_are_its_own,
            several_instances_are_committed_at_once,
        );
    };
    ($on:ident: $($behaviour:ident,)+) => {$(
        #[tokio::test]
        async fn $behaviour() {
            $on($crate::cqrs_es::behaviours::$behaviour).await;
        }
    )+};
}
pub(super) use behaviours;

const ACCOUNT: &str = "account/1 ✓";

fn opened() -> Event {
    Event::AccountOpened { owner: "Ada".into() }
}

pub(super) async fn nothing_is_there_before_the_first_event(world: World) {
    let accounts = world.accounts();
    assert!(accounts.load_events(ACCOUNT).await.unwrap().is_empty());
    let context = accounts.load_aggregate(ACCOUNT).await.unwrap();
    assert_eq!((context.current_sequence, context.current_snapshot), (0, None));
    assert_eq!((&*context.aggregate_id, &context.aggregate), (ACCOUNT, &BankAccount::default()));
    let before = world.entries();
    assert!(accounts.commit(Vec::new(), context, HashMap::new()).await.unwrap().is_empty());
    assert_eq!(world.entries(), before);
}

pub(super) async fn events_come_back_as_they_were_committed(world: World) {
    let repository = world.repository();
    let events = [serialized(ACCOUNT, 1, &opened()), serialized(ACCOUNT, 2, &deposited(0.1))];
    repository.persist::<BankAccount>(&events, None).await.unwrap();
    assert_eq!(repository.get_events::<BankAccount>(ACCOUNT).await.unwrap(), events);
    assert!(repository.get_events::<BankAccount>("another").await.unwrap().is_empty());
    // And a stranger can check and read them.
    let (report, export) = world.verified(None).await;
    assert_eq!(report.size, world.entries());
    let text = String::from_utf8_lossy(&export);
    for kept in ["bank_account.money_deposited", "{\"MoneyDeposited\":{\"amount\":0.1}}", ACCOUNT, "1.0.2"] {
        assert!(text.contains(kept), "{kept}");
    }
}

pub(super) async fn an_aggregate_is_what_its_events_make_of_it(world: World) {
    let (accounts, metadata) = (world.accounts(), HashMap::from([("by".to_owned(), "a test".to_owned())]));
    let context = accounts.load_aggregate(ACCOUNT).await.unwrap();
    let committed = accounts.commit(vec![opened(), deposited(1.5), deposited(2.25)], context, metadata.clone()).await;
    let committed: Vec<(usize, Event)> =
        committed.unwrap().into_iter().map(|event| (event.sequence, event.payload)).collect();
    assert_eq!(committed, [(1, opened()), (2, deposited(1.5)), (3, deposited(2.25))]);
    let context = accounts.load_aggregate(ACCOUNT).await.unwrap();
    assert_eq!(context.current_sequence, 3);
    assert_eq!(context.aggregate, BankAccount { owner: Some("Ada".into()), balance: 3.75, moves: 2 });
    accounts.commit(vec![deposited(1.0)], context, metadata.clone()).await.unwrap();
    let loaded = accounts.load_events(ACCOUNT).await.unwrap();
    assert_eq!(loaded.len(), 4);
    assert!(loaded.iter().all(|event| event.metadata == metadata && event.aggregate_id == ACCOUNT));
}

pub(super) async fn events_after_a_sequence_are_told_alone(world: World) {
    let repository = world.repository();
    // More than are read at a time.
    let events: Vec<_> = (1..=600).map(|sequence| serialized(ACCOUNT, sequence, &deposited(1.0))).collect();
    repository.persist::<BankAccount>(&events, None).await.unwrap();
    let sequences = async |after| -> Vec<usize> {
        let events = repository.get_last_events::<BankAccount>(ACCOUNT, after).await.unwrap();
        events.into_iter().map(|event| event.sequence).collect()
    };
    assert_eq!(sequences(598).await, [599, 600]);
    assert_eq!(sequences(600).await, [0; 0]);
    assert_eq!(sequences(0).await, (1..=600).collect::<Vec<_>>());
}

pub(super) async fn a_sequence_that_is_taken_or_leaves_a_gap_writes_nothing(world: World) {
    let repository = world.repository();
    let good = [serialized(ACCOUNT, 1, &opened()), serialized(ACCOUNT, 2, &deposited(1.5))];
    repository.persist::<BankAccount>(&good, None).await.unwrap();
    let before = world.entries();
    for wrong in [vec![3, 2], vec![2], vec![1], vec![4], vec![3, 5], vec![3, 3], vec![0]] {
        let events: Vec<_> = wrong.iter().map(|sequence| serialized(ACCOUNT, *sequence, &deposited(9.0))).collect();
        let refused = repository.persist::<BankAccount>(&events, None).await.unwrap_err();
        assert!(matches!(refused, PersistenceError::OptimisticLockError), "{wrong:?}: {refused}");
    }
    assert_eq!(world.entries(), before);
    assert_eq!(repository.get_events::<BankAccount>(ACCOUNT).await.unwrap(), good);
}

pub(super) async fn of_two_writers_one_is_told_of_the_conflict(world: World) {
    let accounts = world.accounts();
    let [one, other] = [accounts.load_aggregate(ACCOUNT).await, accounts.load_aggregate(ACCOUNT).await];
    accounts.commit(vec![opened()], one.unwrap(), HashMap::new()).await.unwrap();
    let refused = accounts.commit(vec![opened()], other.unwrap(), HashMap::new()).await.unwrap_err();
    assert!(matches!(refused, AggregateError::AggregateConflict), "{refused}");
    assert_eq!(accounts.load_events(ACCOUNT).await.unwrap().len(), 1);
}

pub(super) async fn a_conflict_between_servers_is_told_too(world: World) {
    let (here, elsewhere) = (world.accounts(), world.another().await);
    let there = super::world::Store::new_event_store(LogEventRepository::new(elsewhere.clone()));
    let [one, other] = [here.load_aggregate(ACCOUNT).await, there.load_aggregate(ACCOUNT).await];
    here.commit(vec![opened()], one.unwrap(), HashMap::new()).await.unwrap();
    let refused = there.commit(vec![opened()], other.unwrap(), HashMap::new()).await.unwrap_err();
    assert!(matches!(refused, AggregateError::AggregateConflict), "{refused}");
    let context = there.load_aggregate(ACCOUNT).await.unwrap();
    assert_eq!(context.current_sequence, 1);
    there.commit(vec![deposited(1.0)], context, HashMap::new()).await.unwrap();
    assert_eq!(here.load_events(ACCOUNT).await.unwrap().len(), 2);
    drop(there);
    elsewhere.close().await;
}

pub(super) async fn a_command_that_is_refused_writes_nothing(world: World) {
    let told = Told::default();
    let bank = log_cqrs::<BankAccount>(world.repository(), vec![Box::new(told.clone())], ());
    bank.execute(ACCOUNT, Command::Open("Ada".into())).await.unwrap();
    bank.execute(ACCOUNT, Command::Deposit(0.25)).await.unwrap();
    let before = world.entries();
    for refused in [Command::Open("Eve".into()), Command::Deposit(0.0)] {
        let refused = bank.execute(ACCOUNT, refused).await.unwrap_err();
        assert!(matches!(refused, AggregateError::UserError(_)), "{refused}");
    }
    assert_eq!(world.entries(), before);
    let expected = [(1, opened()), (2, deposited(0.25))].map(|(sequence, event)| (ACCOUNT.to_owned(), sequence, event));
    assert_eq!(told.all(), expected);
}

pub(super) async fn a_replay_tells_a_query_what_happened(world: World) {
    let bank = log_cqrs::<BankAccount>(world.repository(), vec![], ());
    for account in ["one", "two", "three"] {
        bank.execute(account, Command::Open("Ada".into())).await.unwrap();
        bank.execute(account, Command::DepositInParts(1.0, 3)).await.unwrap();
    }
    let one = Told::default();
    let repository = || world.repository().with_streaming_channel_size(1);
    QueryReplay::<_, _, BankAccount>::new(repository(), one.clone()).replay("two").await.unwrap();
    let sequences: Vec<usize> = one.all().iter().map(|(_, sequence, _)| *sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert!(one.all().iter().all(|(account, ..)| account == "two"));
    let all = Told::default();
    QueryReplay::<_, _, BankAccount>::new(repository(), all.clone()).replay_all().await.unwrap();
    let accounts: Vec<String> = all.all().into_iter().map(|(account, ..)| account).collect();
    assert_eq!(accounts, [["one"; 4], ["two"; 4], ["three"; 4]].concat());
}

pub(super) async fn a_stream_ends_whatever_its_reader_does(world: World) {
    let repository = world.repository().with_streaming_channel_size(1);
    let events: Vec<_> = (1..=40).map(|sequence| serialized(ACCOUNT, sequence, &deposited(1.0))).collect();
    repository.persist::<BankAccount>(&events, None).await.unwrap();
    let mut stream = repository.stream_events::<BankAccount>(ACCOUNT).await.unwrap();
    assert_eq!(stream.next::<BankAccount>(&[]).await.unwrap().unwrap().sequence, 1);
    drop(stream);
    let mut read = 0;
    for mut stream in [
        repository.stream_events::<BankAccount>(ACCOUNT).await.unwrap(),
        repository.stream_all_events::<BankAccount>().await.unwrap(),
    ] {
        while let Some(event) = stream.next::<BankAccount>(&[]).await {
            event.unwrap();
            read += 1;
        }
    }
    assert_eq!(read, 80);
    let mut nobodys = repository.stream_events::<BankAccount>("nobody's").await.unwrap();
    assert!(nobodys.next::<BankAccount>(&[]).await.is_none());
}

pub(super) async fn an_old_event_is_upcast(world: World) {
    let mut old = serialized(ACCOUNT, 1, &opened());
    old.event_version = "0.9.1".into();
    old.payload = json!({"AccountOpened": {}});
    world.repository().persist::<BankAccount>(&[old], None).await.unwrap();
    let fill = |mut event: Value| {
        event["AccountOpened"]["owner"] = "UNKNOWN".into();
        event
    };
    let upcaster = SemanticVersionEventUpcaster::new("AccountOpened", "1.0.0", Box::new(fill));
    let accounts = world.accounts().with_upcasters(vec![Box::new(upcaster)]);
    let context = accounts.load_aggregate(ACCOUNT).await.unwrap();
    assert_eq!(context.aggregate.owner.as_deref(), Some("UNKNOWN"));
    // Without it the event is not what the application knows.
    let refused = world.accounts().load_aggregate(ACCOUNT).await.err().unwrap();
    assert!(matches!(refused, AggregateError::DeserializationError(_)), "{refused}");
}

pub(super) async fn fractions_come_back_and_large_integers_are_refused(world: World) {
    let repository = world.repository();
    let documents =
        [json!([0.1, 1e300, -2.5e-8]), json!({"b": {"a": null}, "a": "\0\u{1f600}"}), json!(9_007_199_254_740_991_u64)];
    for (sequence, document) in (1..).zip(&documents) {
        let event = serialized(ACCOUNT, sequence, &noted(document.clone()));
        repository.persist::<BankAccount>(&[event], None).await.unwrap();
    }
    let events = repository.get_events::<BankAccount>(ACCOUNT).await.unwrap();
    let read: Vec<&Value> = events.iter().map(|event| &event.payload["NotesTaken"]["note"]).collect();
    assert_eq!(read, documents.iter().collect::<Vec<_>>());
    let before = world.entries();
    let too_large = serialized(ACCOUNT, 4, &noted(json!(u64::MAX)));
    let refused = repository.persist::<BankAccount>(&[too_large], None).await.unwrap_err();
    assert!(refused.to_string().contains("write it as text"), "{refused}");
    assert_eq!(world.entries(), before);
    world.verified(None).await;
}

pub(super) async fn a_large_event_is_kept_outside_its_entry(world: World) {
    let repository = world.repository();
    let event = serialized(ACCOUNT, 1, &noted(json!("long ".repeat(40_000))));
    repository.persist::<BankAccount>(std::slice::from_ref(&event), None).await.unwrap();
    assert_eq!(repository.get_events::<BankAccount>(ACCOUNT).await.unwrap(), [event]);
    world.verified(None).await;
    // Which can be erased as a whole.
    let position = world.entries() - 1;
    world.log.erase_payload(vec![position], "asked".into()).await.unwrap();
    let erased = repository.get_events::<BankAccount>(ACCOUNT).await.unwrap_err();
    assert!(erased.to_string().contains("was erased"), "{erased}");
    assert_eq!(world.verified(None).await.0.whose, Whose::Whole { erased: vec![position] });
}

pub(super) async fn types_of_one_name_in_the_log_are_kept_apart(world: World) {
    let bank = log_cqrs::<BankAccount>(world.repository(), vec![], ());
    let other = log_cqrs::<Lookalike>(world.repository(), vec![], ());
    bank.execute(ACCOUNT, Command::Open("Ada".into())).await.unwrap();
    other.execute(ACCOUNT, ()).await.unwrap();
    other.execute(ACCOUNT, ()).await.unwrap();
    let repository = world.repository();
    assert_eq!(repository.get_events::<BankAccount>(ACCOUNT).await.unwrap().len(), 1);
    let theirs = repository.get_events::<Lookalike>(ACCOUNT).await.unwrap();
    assert!(theirs.len() == 2 && theirs.iter().all(|event| event.aggregate_type == "bank_account"));
    let mut stream = repository.stream_all_events::<BankAccount>().await.unwrap();
    assert_eq!(stream.next::<BankAccount>(&[]).await.unwrap().unwrap().payload, opened());
    assert!(stream.next::<BankAccount>(&[]).await.is_none());
}

pub(super) async fn what_has_no_name_in_the_log_is_refused(world: World) {
    let before = world.entries();
    let nameless = log_cqrs::<Nameless>(world.repository(), vec![], ());
    let refused = nameless.execute(ACCOUNT, ()).await.unwrap_err();
    assert!(matches!(&refused, AggregateError::UnexpectedError(_)), "{refused}");
    assert!(refused.to_string().contains("\"Größe\" cannot be a name in the log"), "{refused}");
    let mut event = serialized(ACCOUNT, 1, &opened());
    event.event_type = "opened ✓".into();
    let refused = world.repository().persist::<BankAccount>(&[event], None).await.unwrap_err();
    assert!(refused.to_string().contains("outside of ASCII"), "{refused}");
    assert_eq!(world.entries(), before);
}

pub(super) async fn an_organization_s_aggregates_are_its_own(world: World) {
    let [one, other] = [world.organization(51).await, world.organization(52).await];
    let bank_of = |owner| log_cqrs::<BankAccount>(world.repository().owned_by(owner), vec![], ());
    bank_of(one).execute(ACCOUNT, Command::Open("Ada".into())).await.unwrap();
    bank_of(other).execute(ACCOUNT, Command::Open("Eve".into())).await.unwrap();
    bank_of(other).execute(ACCOUNT, Command::Deposit(1.0)).await.unwrap();
    let repository = world.repository().owned_by(one);
    assert_eq!(repository.get_events::<BankAccount>(ACCOUNT).await.unwrap().len(), 1);
    assert!(world.repository().get_events::<BankAccount>(ACCOUNT).await.unwrap().is_empty());
    let mut stream = repository.stream_all_events::<BankAccount>().await.unwrap();
    assert_eq!(stream.next::<BankAccount>(&[]).await.unwrap().unwrap().payload, opened());
    assert!(stream.next::<BankAccount>(&[]).await.is_none());
    // Its export holds its own events and nobody else's.
    let (report, export) = world.verified(Some(one)).await;
    assert_eq!(report.whose, Whose::Owner { owner: one, absent: Vec::new() });
    let text = String::from_utf8_lossy(&export);
    assert!(text.contains("Ada") && !text.contains("Eve"));
}

pub(super) async fn several_instances_are_committed_at_once(world: World) {
    let repository = world.repository();
    let [one, two] = ["one", "two"].map(|account| serialized(account, 1, &deposited(1.5)));
    repository.persist::<BankAccount>(&[one.clone(), two.clone()], None).await.unwrap();
    assert_eq!(repository.get_events::<BankAccount>("two").await.unwrap(), std::slice::from_ref(&two));
    let before = world.entries();
    // All of it or nothing.
    let next = serialized("one", 2, &deposited(1.0));
    let refused = repository.persist::<BankAccount>(&[next, two], None).await.unwrap_err();
    assert!(matches!(refused, PersistenceError::OptimisticLockError), "{refused}");
    assert_eq!((world.entries(), repository.get_events::<BankAccount>("one").await.unwrap()), (before, vec![one]));
}
