//! Files of a small log's bundle: a good one, and what is found where something was changed,
//! left out or added.

use std::collections::BTreeMap;

use clap::Parser;
use gpuaas_domain::evidence_bundle::{
    Closed, Created, Event, EvidenceBundle, EvidenceResult, Invariant, Item, RetentionClass,
};
use gpuaas_domain::id::{EvidenceBundleId, EvidenceItemId, TypedId};
use gpuaas_domain::label::Label;
use gpuaas_domain::{Aggregate as _, EventSet as _, Fields};
use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::entry::{ActorRef, AppendRef, Cause, CommandRef, Entry, Few, PayloadRef, StreamRef};
use gpuaas_log::evidence::Proved;
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use gpuaas_log::receipt::Receipt;
use gpuaas_log::tree::{Frontier, inclusion_proof, leaf_hash};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const ORIGIN: &str = "example.org/log";
/// The bundle that the files are about.
const BUNDLE: u128 = 1;
/// The entries of its file.
const ALL: [u64; 6] = [1, 3, 4, 5, 7, 8];

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn label<const MAX: usize>(text: &str) -> Label<MAX> {
    Label::new("label", text).unwrap()
}

fn created() -> Event {
    let created = Created {
        source_commit: label("abc123"),
        environment_profile: label("dev"),
        product_scope: label("token_factory"),
        change_summary: "Gateway billing".to_owned(),
        owner: label("token-factory"),
        retention_class: RetentionClass::Release,
    };
    created.into()
}

fn item(number: u128, result: EvidenceResult, entries: &[u64]) -> Event {
    let item = Item {
        id: id(number),
        evidence_type: label("uat.summary"),
        producer: label("uat"),
        result,
        owner: label("team"),
        retention_class: RetentionClass::Audit,
        details: BTreeMap::from([(label("flow"), label("A-1"))]),
        entries: entries.to_vec(),
    };
    item.into()
}

fn covered(items: &[u128]) -> Event {
    let items = items.iter().map(|number| id(*number)).collect();
    Invariant { invariant: label("TF-001"), result: EvidenceResult::Waived, items }.into()
}

/// A log of which a test writes every entry.
#[derive(Default)]
struct Log(Vec<Vec<u8>>);

impl Log {
    fn push(&mut self, (kind, stream, version): (&str, u128, u64), event: &str, payload: PayloadRef<'_>) {
        let position = self.0.len() as u64 + 1;
        let entry = Entry {
            position,
            recorded_at: position,
            owner: None,
            owner_sequence: position,
            owner_prev: Hash([1; 32]),
            stream: StreamRef { kind, id: Uuid::from_u128(stream) },
            version,
            event,
            schema: 1,
            append: AppendRef { command_id: Uuid::from_u128(position.into()), index: 0, count: 1 },
            command: CommandRef { name: "test.write", idempotency: None, request: None },
            actor: ActorRef { kind: "system", id: None, token: None, on_behalf_of: None },
            decision: None,
            trace: [1; 16],
            cause: Cause::None,
            guards: Few::new(),
            claims: Vec::new(),
            payload,
            prev: Hash([2; 32]),
        };
        self.0.push(entry.encode());
    }

    /// What has nothing to do with bundles.
    fn other(&mut self) {
        self.push(("thing", 9, 1), "thing.changed", PayloadRef::Inline(&[0x80]));
    }

    fn bundle(&mut self, bundle: u128, version: u64, event: &Event) {
        let payload = payload::encode(&Fields(event)).unwrap();
        self.push((EvidenceBundle::KIND, bundle, version), event.name(), PayloadRef::Inline(&payload));
    }

    /// What happened to one bundle, from position 1.
    fn of(events: &[Event]) -> Self {
        let mut log = Self::default();
        (1..).zip(events).for_each(|(version, event)| log.bundle(BUNDLE, version, event));
        log
    }

    /// A file of these entries, signed by a key.
    fn file(&self, positions: &[u64], signer: &Signer) -> String {
        let leaves: Vec<Hash> = self.0.iter().map(|entry| leaf_hash(entry)).collect();
        let mut tree = Frontier::new();
        leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
        let origin = signer.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size: leaves.len() as u64, root: tree.root() };
        let signed = SignedCheckpoint::sign(checkpoint, &[signer]);
        let proved = |position: &u64| {
            let index = position - 1;
            let receipt = Receipt::new(index, inclusion_proof(&leaves, index), signed.clone());
            Proved { entry: self.0[index as usize].clone(), receipt }
        };
        let bundle: EvidenceBundleId = id(BUNDLE);
        EvidenceFile::new(bundle.to_string(), positions.iter().map(proved).collect()).unwrap().to_string()
    }

    /// What is found in a file of these entries.
    fn found(&self, positions: &[u64]) -> Result<Good, Fault> {
        check(self.file(positions, &signer(7)).as_bytes(), &trust(&["--key", &key(7)]), true)
    }

    /// The fault in a file of all entries.
    fn fault(&self) -> (&'static str, Option<u64>) {
        let all: Vec<u64> = (1..=self.0.len() as u64).collect();
        named(self.found(&all))
    }
}

/// A bundle among other things.
fn log() -> Log {
    let mut log = Log::default();
    log.other();
    log.other();
    log.bundle(BUNDLE, 1, &created());
    log.other();
    log.bundle(BUNDLE, 2, &item(5, EvidenceResult::Fail, &[1, 4]));
    log.bundle(2, 1, &created());
    log.bundle(BUNDLE, 3, &covered(&[5]));
    log.bundle(BUNDLE, 4, &Closed {}.into());
    log.other();
    log
}

fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

fn key(seed: u8) -> String {
    signer(seed).verifier().to_string()
}

/// Trust as the command line gives it.
fn trust(arguments: &[&str]) -> Trust {
    #[derive(Parser)]
    struct Whom {
        #[command(flatten)]
        trust: Trust,
    }
    Whom::parse_from([&["verify"][..], arguments].concat()).trust
}

#[track_caller]
fn named(found: Result<Good, Fault>) -> (&'static str, Option<u64>) {
    let fault = found.unwrap_err();
    (fault.kind, fault.position)
}

/// A fact of what is good.
fn fact<'g>(good: &'g Good, name: &str) -> &'g Value {
    &good.facts.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn a_closed_bundle_is_shown_with_what_it_came_to() {
    let good = log().found(&ALL).unwrap();
    let (bundle, fifth): (EvidenceBundleId, EvidenceItemId) = (id(BUNDLE), id(5));
    let whole = format!("{bundle} is closed, and all of it is in the log that {ORIGIN} signed");
    assert_eq!(good.sentence, format!("{whole}: 1 items (1 fail), 1 invariants (1 waived)"));
    for (name, expected) in [
        ("owner", json!("token-factory")),
        ("retention", json!("release")),
        ("summary", json!("Gateway billing")),
        ("closed", json!(8)),
        ("size", json!(9)),
        ("key", json!([key(7)])),
        (
            "invariants",
            json!([{"invariant": "TF-001", "position": 7, "result": "waived", "items": [fifth.to_string()]}]),
        ),
    ] {
        assert_eq!(fact(&good, name), &expected, "{name}");
    }
    let item = &fact(&good, "items")[0];
    assert_eq!((&item["result"], &item["position"], &item["entries"]), (&json!("fail"), &json!(5), &json!([1, 4])));
    assert_eq!(fact(&good, "entries")[2]["event"], "thing.changed");
    let people = check(log().file(&ALL, &signer(7)).as_bytes(), &trust(&["--key", &key(7)]), false).unwrap();
    let line = fact(&people, "item")[0].as_str().unwrap();
    assert!(line.ends_with(" at 5: uat.summary by uat: fail; owner team, kept for audit; shown by 1, 4"), "{line}");
}

#[test]
fn an_entry_that_is_left_out_is_missed() {
    let without = |left_out: &[u64]| {
        let kept: Vec<u64> = ALL.into_iter().filter(|position| !left_out.contains(position)).collect();
        named(log().found(&kept))
    };
    assert_eq!(without(&[1]), ("missing", Some(1)));
    assert_eq!(without(&[4]), ("missing", Some(4)));
    assert_eq!(without(&[3]), ("stream", Some(5)), "its opening");
    assert_eq!(without(&[5]), ("stream", Some(7)), "in the middle");
    assert_eq!(without(&[1, 4, 5]), ("stream", Some(7)), "an item with all that it names");
    assert_eq!(without(&[8]), ("open", Some(7)), "its closing");
    assert_eq!(without(&[1, 4, 5, 7, 8]), ("open", Some(3)), "everything after its opening");
    assert_eq!(without(&[3, 5, 7, 8]), ("stream", None), "all of it");
}

#[test]
fn an_entry_that_does_not_belong_there_is_found() {
    for position in [2, 6, 9] {
        let mut with = [&ALL[..], &[position]].concat();
        with.sort_unstable();
        assert_eq!(named(log().found(&with)), ("unrelated", Some(position)));
    }
}

#[test]
fn a_changed_entry_and_a_foreign_receipt_are_found_where_they_stand() {
    let good = log().file(&ALL, &signer(7));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut json: Value = serde_json::from_str(&good).unwrap();
        change(&mut json);
        named(check(&serde_jcs::to_vec(&json).unwrap(), &trust(&["--key", &key(7)]), true))
    };
    // The same log, in which the item says something else.
    let mut other = log();
    let (passed, rest) = (item(5, EvidenceResult::Pass, &[1, 4]), other.0.split_off(4));
    other.bundle(BUNDLE, 2, &passed);
    other.0.extend_from_slice(&rest[1..]);
    let other: Value = serde_json::from_str(&other.file(&ALL, &signer(7))).unwrap();
    let entry = other["entries"][3]["entry"].clone();
    assert_eq!(changed(&|json| json["entries"][3]["entry"] = entry.clone()), ("inclusion", Some(5)));
    assert_eq!(changed(&|json| json["entries"][3] = other["entries"][3].clone()), ("checkpoint", Some(5)));
    let swapped = changed(&|json| json["entries"].as_array_mut().unwrap().swap(0, 1));
    assert_eq!(swapped, ("order", Some(1)));
    let another: EvidenceBundleId = id(77);
    assert_eq!(changed(&|json| json["bundle"] = json!(another.to_string())), ("stream", None));
    assert_eq!(changed(&|json| json["bundle"] = json!("the bundle")), ("file", None));
    let half = &good.as_bytes()[..good.len() / 2];
    assert_eq!(named(check(half, &trust(&["--key", &key(7)]), true)), ("file", None));
}

#[test]
fn the_checkpoint_is_signed_by_a_given_key_or_passes_a_policy() {
    let by = |signer: &Signer, arguments: &[&str]| check(log().file(&ALL, signer).as_bytes(), &trust(arguments), true);
    assert!(by(&signer(7), &["--key", &key(8), "--key", &key(7)]).is_ok());
    assert_eq!(named(by(&signer(7), &["--key", &key(8)])), ("key", None));
    let elsewhere = Signer::from_seed("example.com/other", &[7; 32]).unwrap();
    assert_eq!(named(by(&elsewhere, &["--key", &key(7)])), ("origin", None));
    let folder = tempfile::tempdir().unwrap();
    let policy = |name: &str, lines: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, format!("log {}\n{lines}", key(7))).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let log_alone = policy("log-alone", "quorum none\n");
    assert!(by(&signer(7), &["--policy", &log_alone]).is_ok());
    assert_eq!(named(by(&signer(8), &["--policy", &log_alone])), ("key", None));
}

#[test]
fn a_bundle_that_breaks_its_own_rules_is_no_evidence() {
    use EvidenceResult::Pass;
    let closed = || Event::from(Closed {});
    for (events, fault) in [
        (vec![item(5, Pass, &[]), closed()], ("stream", Some(1))),
        (vec![created(), created(), closed()], ("stream", Some(2))),
        (vec![created(), closed(), item(5, Pass, &[])], ("stream", Some(3))),
        (vec![created(), closed(), closed()], ("stream", Some(3))),
        (vec![created(), item(5, Pass, &[2]), closed()], ("item", Some(2))),
        (vec![created(), item(5, Pass, &[0]), closed()], ("item", Some(2))),
        (vec![created(), item(5, Pass, &[]), item(5, Pass, &[]), closed()], ("item", Some(3))),
        (vec![created(), covered(&[5]), closed()], ("invariant", Some(2))),
        (vec![created(), item(5, Pass, &[1])], ("open", Some(2))),
    ] {
        assert_eq!(Log::of(&events).fault(), fault, "{events:?}");
    }
}

#[test]
fn an_entry_of_the_bundle_that_cannot_be_read_is_named() {
    let stream = (EvidenceBundle::KIND, BUNDLE, 2);
    for (event, payload) in [
        ("evidence_bundle.reopened", PayloadRef::Inline(&[0x80])),
        ("evidence_bundle.item_recorded", PayloadRef::Inline(&[0x80])),
        ("evidence_bundle.closed", PayloadRef::Detached { digest: Hash([3; 32]), length: 17 }),
    ] {
        let mut log = Log::of(&[created()]);
        log.push(stream, event, payload);
        assert_eq!(log.fault(), ("event", Some(2)), "{event}");
    }
}
