use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_commands::handlers::organization::CreateOrganization;
use gpuaas_commands::policies::{Condition, Cursors, Meaning, Outcome, Policy, Runner, Stop, Turn};
use gpuaas_domain::Code;
use uuid::Uuid;

use crate::fleet::CursorsInMemory;
use crate::platform::Platform;

/// Wants a second organization for each that is created; the first of them takes the name.
struct Doubling<const DECLARED: bool>;

#[async_trait]
impl<const DECLARED: bool> Policy for Doubling<DECLARED> {
    const NAME: &'static str = "policy.doubling";
    const ID: Uuid = Uuid::from_u128(77);
    const MEANINGS: &'static [(Code, Meaning)] = if DECLARED { &[(Code::NameTaken, Meaning::Settled)] } else { &[] };

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        if turn.event != "organization.created" {
            return Ok(());
        }
        let double = CreateOrganization { slug: "double".into(), display_name: "Double".into() };
        match turn.issue(turn.stream, &double).await? {
            Outcome::Done(_) | Outcome::Before | Outcome::Refused(Meaning::Settled, _) => Ok(()),
            Outcome::Refused(Meaning::Waits { wakes }, _) => panic!("nothing was declared to wait for {wakes}"),
        }
    }
}

async fn until(condition: &mut tokio::sync::watch::Receiver<Condition>, is_so: impl Fn(&Condition) -> bool) {
    let wait = condition.wait_for(is_so);
    tokio::time::timeout(std::time::Duration::from_secs(10), wait).await.unwrap().unwrap();
}

async fn until_place(cursors: &CursorsInMemory, position: u64) {
    for _ in 0..500 {
        if cursors.get("policy.doubling").await.unwrap() == Some(position) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the policy stands at {:?}, not {position}", cursors.get("policy.doubling").await.unwrap());
}

#[tokio::test]
async fn a_refusal_that_was_not_declared_stops_the_policy_at_its_entry() {
    let platform = Platform::start().await;
    let cursors = Arc::new(CursorsInMemory::default());
    cursors.0.lock().unwrap().insert("policy.doubling".into(), 0);
    let runner = Runner::new(platform.engine.clone(), cursors.clone(), Doubling::<false>);
    let mut condition = runner.condition();
    tokio::spawn(runner.run());
    // The first makes the double, whose own entry then asks for a second one.
    platform.organization("acme").await;
    until(&mut condition, |condition| matches!(condition, Condition::Alarmed { .. })).await;
    let Condition::Alarmed { position, reason } = condition.borrow().clone() else { panic!("it was alarmed") };
    assert!(reason.contains("name_taken"), "{reason}");
    let entry = platform.engine.log().entry(position).await.unwrap().unwrap();
    assert_eq!(entry.entry().unwrap().event, "organization.created");
    assert_eq!(cursors.get("policy.doubling").await.unwrap(), Some(position - 1));
}

#[tokio::test]
async fn a_declared_refusal_means_what_it_was_declared_to() {
    let platform = Platform::start().await;
    let cursors = Arc::new(CursorsInMemory::default());
    cursors.0.lock().unwrap().insert("policy.doubling".into(), 0);
    tokio::spawn(Runner::new(platform.engine.clone(), cursors.clone(), Doubling::<true>).run());
    let before = platform.head();
    platform.organization("acme").await;
    until_place(&cursors, before + 3).await;
    let events = platform.events_after(before).await;
    assert_eq!(events, ["organization.created", "membership.granted", "organization.created"]);
}

#[tokio::test]
async fn a_crash_between_the_append_and_the_cursor_changes_nothing() {
    let platform = Platform::start().await;
    let before = platform.head();
    platform.organization("acme").await;
    for _ in 0..2 {
        // The place is lost, and the same entries are read once more.
        let cursors = Arc::new(CursorsInMemory::default());
        cursors.0.lock().unwrap().insert("policy.doubling".into(), before);
        let running = tokio::spawn(Runner::new(platform.engine.clone(), cursors.clone(), Doubling::<true>).run());
        until_place(&cursors, before + 3).await;
        running.abort();
    }
    assert_eq!(platform.head(), before + 3);
}

#[tokio::test]
async fn a_new_policy_starts_at_the_head() {
    let platform = Platform::start().await;
    platform.organization("acme").await;
    let cursors = Arc::new(CursorsInMemory::default());
    let head = platform.head();
    tokio::spawn(Runner::new(platform.engine.clone(), cursors.clone(), Doubling::<true>).run());
    until_place(&cursors, head).await;
    assert_eq!(platform.head(), head);
}
