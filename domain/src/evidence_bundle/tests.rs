//! Given a bundle, when something is asked of it, then events or a rejection.

use uuid::Uuid;

use super::*;
use crate::id::TypedId as _;

fn label<const MAX: usize>(text: &str) -> Label<MAX> {
    Label::new("label", text).unwrap()
}

fn create() -> Command {
    Command::Create(Created {
        source_commit: label("abc123"),
        environment_profile: label("dev"),
        product_scope: label("token_factory"),
        change_summary: "gateway billing".into(),
        owner: label("token-factory"),
        retention_class: RetentionClass::Release,
    })
}

fn item(number: u128, entries: &[u64]) -> Item {
    Item {
        id: EvidenceItemId::from_uuid(Uuid::from_u128(number)),
        evidence_type: label("uat.summary"),
        producer: label("token-factory-uat"),
        result: EvidenceResult::Pass,
        owner: label("token-factory"),
        retention_class: RetentionClass::Release,
        details: BTreeMap::new(),
        entries: entries.to_vec(),
    }
}

fn covered(items: &[u128]) -> Command {
    let items = items.iter().map(|number| EvidenceItemId::from_uuid(Uuid::from_u128(*number))).collect();
    Command::RecordInvariant(Invariant { invariant: label("TF-001"), result: EvidenceResult::Pass, items })
}

fn after(commands: Vec<Command>) -> EvidenceBundle {
    commands.into_iter().fold(EvidenceBundle::default(), |bundle, command| {
        let events = bundle.decide(command).unwrap();
        bundle.evolve_all(&events)
    })
}

fn record(number: u128, entries: &[u64]) -> Command {
    Command::RecordItem { item: item(number, entries), head: 9 }
}

#[test]
fn a_bundle_takes_items_and_what_they_cover_until_it_is_closed() {
    let open = after(vec![create(), record(1, &[3, 9]), covered(&[1])]);
    let contents = open.contents().unwrap();
    assert_eq!((contents.items.len(), contents.invariants.len()), (1, 1));
    assert_eq!(open.decide(covered(&[1])).unwrap(), [], "said already");
    let closed = open.clone().evolve_all(&open.decide(Command::Close).unwrap());
    assert_eq!(closed.contents(), open.contents());
    for command in [record(2, &[]), covered(&[1])] {
        assert!(matches!(closed.decide(command), Err(Rejection::Closed)));
    }
    assert_eq!(closed.decide(Command::Close).unwrap(), []);
}

#[test]
fn an_item_names_entries_that_are_there_in_order() {
    let open = after(vec![create()]);
    for entries in [&[0][..], &[10], &[3, 3], &[4, 3]] {
        assert!(matches!(open.decide(record(1, entries)), Err(Rejection::Entries { head: 9 })), "{entries:?}");
    }
    let many: Vec<u64> = (1..=MAX_ENTRIES as u64 + 1).collect();
    let command = Command::RecordItem { item: item(1, &many), head: 1_000 };
    assert!(matches!(open.decide(command), Err(Rejection::TooMany { .. })));
}

#[test]
fn an_invariant_is_covered_by_items_of_the_bundle() {
    let open = after(vec![create(), record(1, &[])]);
    for items in [&[][..], &[2], &[1, 1], &[1, 2]] {
        assert!(matches!(open.decide(covered(items)), Err(Rejection::Items)), "{items:?}");
    }
}

#[test]
fn what_is_not_there_takes_nothing() {
    for command in [record(1, &[]), covered(&[1]), Command::Close] {
        assert!(matches!(EvidenceBundle::default().decide(command), Err(Rejection::Absent)));
    }
    assert!(matches!(after(vec![create()]).decide(create()), Err(Rejection::Exists)));
}

#[test]
fn a_full_bundle_says_so() {
    let mut bundle = after(vec![create()]);
    for number in 1..=MAX_ITEMS as u128 {
        bundle = bundle.clone().evolve_all(&bundle.decide(record(number, &[])).unwrap());
    }
    assert!(matches!(bundle.decide(record(7_000, &[])), Err(Rejection::Full { .. })));
}
