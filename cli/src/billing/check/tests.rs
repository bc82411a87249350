//! Books that agree, and what is found when something in them is changed.

use ed25519_dalek::{Signer as _, SigningKey};
use gpuaas_domain::attestation::Statement;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey, Signature};
use gpuaas_domain::id::{AllocationId, InstanceId, NodeId, OrganizationId, PriceBookId, ProjectId, SkuId, TypedId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::sku::Shape;
use gpuaas_domain::usage::{Metered, Subject};
use gpuaas_domain::{allocation, price_book};
use gpuaas_log::hash::Hash;
use gpuaas_log::tree::{Frontier, leaf_hash};

use super::super::evidence::{Attested, Platform, UsageEntry};
use super::*;
use gpuaas_domain::Timestamp;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::Recorded;
use gpuaas_domain::ledger::{NumberedUsage, Posted, UsageRange, postings};
use gpuaas_domain::price_book::{Item, PriceInForce};
use gpuaas_domain::rating::Usage;

/// Positions of what the tests change.
const ATTESTED: u64 = 5;
const METERED: u64 = 6;
const POSTED: u64 = 7;

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(uuid::Uuid::from_u128(number))
}

fn span(from: u64, until: u64) -> Interval {
    Interval::new(Timestamp(from), Timestamp(until))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn organization() -> OrganizationId {
    id(1)
}

fn allocation() -> AllocationId {
    id(2)
}

fn recorded(key: &SigningKey, interval: Interval) -> Recorded {
    let statement = Statement {
        allocation: allocation(),
        boot_id: Text::new("boot").unwrap(),
        chain: ChainPoint { sequence: 1, previous: Digest([0; 32]) },
        container: Text::new("c").unwrap(),
        container_started_at: interval.from,
        generation: 1,
        instance: id::<InstanceId>(3),
        intervals: vec![interval],
        node: id::<NodeId>(4),
    };
    let signature = Signature(key.sign(&statement.signed_bytes()).to_bytes());
    let public_key = PublicKey(key.verifying_key().to_bytes());
    Recorded { organization: organization(), statement, public_key, signature }
}

/// On the node from 0 to 200.
fn held() -> Allocation {
    let requested = allocation::Requested {
        organization: organization(),
        project: id(5),
        display_name: "A".into(),
        sku: id(6),
        shape: Shape { architecture: Architecture::Amd64, cpu_cores: 1, memory_gib: 1, gpu: None },
        wait_until: None,
        unplaced: vec![],
        unplaced_nodes: 0,
    };
    let placed = allocation::Placed { at: Timestamp(0), node: id(4), slots: vec![], gpus: vec![] };
    let released = allocation::Released { at: Timestamp(200) };
    Allocation::default().evolve_all(&[requested.into(), placed.into(), released.into()])
}

fn metered() -> Metered {
    Metered {
        subject: Subject {
            allocation: allocation(),
            organization: organization(),
            project: id::<ProjectId>(5),
            sku: id::<SkuId>(6),
            units: 1,
        },
        period: span(0, 200),
        attested: vec![span(10, 100)],
        unknown: vec![span(0, 10), span(100, 200)],
        attestations: 1,
    }
}

fn price(price: &str) -> Vec<PriceInForce> {
    vec![PriceInForce { item: Item::Sku(id(6)), price: price.parse().unwrap(), during: span(0, 200) }]
}

/// The batch of all usage at a price.
fn posted(evidence: &Evidence, price: Vec<PriceInForce>) -> Posted {
    let mut tree = Frontier::new();
    evidence.usage.values().for_each(|entry| tree.push_hash(leaf_hash(&entry.hash.0)));
    let numbered = |(position, entry): (&u64, &UsageEntry)| NumberedUsage {
        position: *position,
        corrects: None,
        usage: entry.usage.clone(),
    };
    let usage: Vec<NumberedUsage> = evidence.usage.iter().map(numbered).collect();
    let (first, last) = (usage[0].position, usage[usage.len() - 1].position);
    let range = UsageRange { first, last, count: usage.len() as u64, root: Digest(tree.root().0) };
    Posted { usage: range, postings: postings(&usage, &price).unwrap(), prices: price }
}

fn set(evidence: &mut Evidence, position: u64, usage: Metered) {
    let entry = UsageEntry { hash: Hash([position as u8; 32]), version: position - 5, usage: Usage::Metered(usage) };
    evidence.usage.insert(position, entry);
}

fn post(evidence: &mut Evidence, prices: Vec<PriceInForce>) {
    let batch = posted(evidence, prices).into();
    evidence.ledger.truncate(1);
    evidence.ledger.push((POSTED, batch));
}

/// Books that agree, of a whole log.
fn good() -> Evidence {
    let currency = "EUR".parse().unwrap();
    let book: PriceBookId = id(7);
    let created = price_book::Created { name: "standard".into(), currency };
    let priced = price_book::PriceSet {
        item: Item::Sku(id(6)),
        currency,
        price: "3600".parse().unwrap(),
        effective_from: Timestamp(0),
    };
    let mut platform = Platform::default();
    platform.keys.insert(id(4), vec![(1, PublicKey(key().verifying_key().to_bytes()))]);
    platform.books.insert(book, vec![(2, created.into()), (3, priced.into())]);
    let mut evidence = Evidence { platform: Some(platform), ..Evidence::default() };
    evidence.allocations.insert(allocation(), held());
    let attested = Attested { position: ATTESTED, recorded: recorded(&key(), span(10, 100)) };
    evidence.attestations.insert(allocation(), vec![attested]);
    set(&mut evidence, METERED, metered());
    let opened = ledger::Opened { organization: organization(), price_book: book, currency };
    evidence.ledger.push((4, opened.into()));
    post(&mut evidence, price("3600"));
    evidence
}

#[track_caller]
fn check(change: impl FnOnce(&mut Evidence), expected: &str) {
    let mut evidence = good();
    change(&mut evidence);
    let said = books(&evidence, organization()).unwrap_err().to_string();
    assert!(said.contains(expected), "{said}");
}

#[test]
fn good_books_agree() {
    let checked = books(&good(), organization()).unwrap();
    assert_eq!((checked.usage, checked.attestations, checked.batches), (1, 1, 1));
    assert!(checked.against_platform);
}

#[test]
fn charged_time_was_attested_once_and_allocated() {
    let metered_as = |change: fn(&mut Metered)| {
        move |evidence: &mut Evidence| {
            let mut usage = metered();
            change(&mut usage);
            set(evidence, METERED, usage);
            post(evidence, price("3600"));
        }
    };
    let more = metered_as(|usage| (usage.attested, usage.unknown) = (vec![span(0, 100)], vec![span(100, 200)]));
    check(more, "6 charges what nobody attested, from 0 on");
    check(metered_as(|usage| usage.attestations = 2), "6 names attestations that are not there");
    check(metered_as(|usage| usage.period = span(0, 50)), "6 has time beyond its period");
    check(metered_as(|usage| usage.unknown = vec![span(0, 20)]), "6 has time that is attested and unknown");
    check(metered_as(|usage| usage.unknown = vec![span(5, 9), span(0, 3)]), "6 has intervals that are out of order");
    let twice = |evidence: &mut Evidence| set(evidence, METERED + 1, metered());
    check(twice, "7 charges time twice");
    let empty = |evidence: &mut Evidence| {
        set(evidence, METERED + 1, Metered { attested: vec![], unknown: vec![], ..metered() });
    };
    check(empty, "7 closes time twice");
    check(|evidence| evidence.allocations.clear(), "5 attests what was never placed");
    let beyond = |evidence: &mut Evidence| {
        let late = Attested { position: ATTESTED, recorded: recorded(&key(), span(10, 300)) };
        evidence.attestations.insert(allocation(), vec![late]);
        set(
            evidence,
            METERED,
            Metered { period: span(0, 300), attested: vec![span(10, 300)], unknown: vec![], ..metered() },
        );
    };
    check(beyond, "6 charges time in which nothing was allocated");
}

#[test]
fn attestations_are_signed_by_the_node_that_the_allocation_is_on() {
    let attested_as = |recorded: Recorded| {
        move |evidence: &mut Evidence| {
            evidence.attestations.insert(allocation(), vec![Attested { position: ATTESTED, recorded }]);
        }
    };
    let good = || recorded(&key(), span(10, 100));
    let mut longer = good();
    longer.statement.intervals = vec![span(10, 150)];
    check(attested_as(longer), "5 has a signature that is wrong");
    let mut elsewhere = good();
    elsewhere.statement.node = id(40);
    check(attested_as(elsewhere), "5 is of a node that the allocation is not on");
    check(attested_as(recorded(&SigningKey::from_bytes(&[4; 32]), span(10, 100))), "5 is signed with a key");
    let later = |evidence: &mut Evidence| {
        let key = PublicKey(key().verifying_key().to_bytes());
        evidence.platform.as_mut().unwrap().keys.insert(id(4), vec![(ATTESTED + 1, key)]);
    };
    check(later, "5 is signed with a key that was not the node's");
}

#[test]
fn batches_leave_nothing_out_and_come_to_what_the_price_book_says() {
    let batch = |change: fn(&mut Posted)| {
        move |evidence: &mut Evidence| {
            let mut batch = posted(evidence, price("3600"));
            change(&mut batch);
            evidence.ledger[1].1 = batch.into();
        }
    };
    check(batch(|batch| batch.usage.count = 2), "batch 7 leaves usage out");
    check(batch(|batch| batch.usage.first = 5), "batch 7 leaves usage out");
    check(batch(|batch| batch.usage.last = 8), "batch 7 rates usage that another one rates");
    check(batch(|batch| batch.usage.root = Digest([0; 32])), "batch 7 has another root");
    check(batch(|batch| batch.postings[0].entries[0].amount.0 += 1), "batch 7 posts another amount for the usage at 6");
    check(batch(|batch| batch.postings.clear()), "batch 7 posts other usage");
    let both = [price("3600"), price("3600")].concat();
    check(|evidence| post(evidence, both), "batch 7 has prices that overlap");
    check(|evidence| post(evidence, price("3599")), "batch 7 has prices that are not the price book's");
    let again = |evidence: &mut Evidence| {
        let batch = evidence.ledger[1].1.clone();
        evidence.ledger.push((POSTED + 1, batch));
    };
    check(again, "batch 8 rates usage that another one rates");
    let mut own = good();
    own.platform = None;
    post(&mut own, price("3599"));
    assert!(!books(&own, organization()).unwrap().against_platform, "an own export has no price book to compare with");
}
