//! Rules between entries that no vector breaks.

use gpuaas_log::checkpoint::Signer;
use gpuaas_log::declaration::{Declaration, KindOwner};
use gpuaas_log::encoding::Writer;
use gpuaas_log::entry::{Cause, ClaimRef, GuardRef, PayloadRef, StreamRef};
use gpuaas_log::fault::{Fault, FaultKind};
use gpuaas_log::hash::Hash;
use gpuaas_log::verify::VerifyError;
use uuid::Uuid;

use crate::small_log::{Draft, EMPTY, LOG, ORGANIZATION, SmallLog, draft, schema, signer};

/// The kind of a fault at the next entry.
fn at_next(log: &SmallLog, kind: FaultKind) -> Result<(), Fault> {
    Err(Fault { position: log.position() + 1, kind })
}

fn project(id: u128) -> Draft<'static> {
    draft("project", id, "project.changed")
}

fn keys(signers: &[Signer]) -> Declaration {
    Declaration::KeysChanged { keys: signers.iter().map(|signer| signer.verifier().clone()).collect() }
}

/// A payload that names a blob.
fn naming(digest: &[u8]) -> Vec<u8> {
    let mut w = Writer::default();
    w.map(2);
    w.str("before");
    w.array(1);
    w.map(0);
    w.str("manifest");
    w.bin(digest);
    w.into_bytes()
}

#[test]
fn a_declaration_stands_once() {
    let mut log = SmallLog::begun();
    let node = Declaration::KindDeclared { kind: "node".to_owned(), owner: KindOwner::Either };
    assert_eq!(log.declare(&node), at_next(&log, FaultKind::Event));
    let mut log = SmallLog::begun();
    assert_eq!(log.declare(&schema("node.changed")), at_next(&log, FaultKind::Event));
    let mut log = SmallLog::begun();
    assert_eq!(log.declare(&schema("node.moved")), Ok(()));
}

#[test]
fn a_schema_is_declared_with_its_blob() {
    let mut log = SmallLog::created();
    assert_eq!(log.declare(&schema("node.changed")), at_next(&log, FaultKind::Blob));
}

#[test]
fn the_log_has_one_stream_and_no_other_events() {
    let changed = keys(&[signer(2)]).encode();
    let own = Draft { payload: PayloadRef::Inline(&changed), ..draft("log", 1, "log.keys_changed") };
    let body = [&[0; 16], &changed[..]].concat();
    let detached = PayloadRef::Detached { digest: Hash::of_detached(&body), length: body.len() as u64 };
    for (draft, expected) in [
        (Draft { stream: StreamRef { kind: "log", id: Uuid::from_u128(9) }, ..own.clone() }, FaultKind::StreamOwner),
        (Draft { schema: 2, ..own.clone() }, FaultKind::Event),
        (Draft { event: "log.forgotten", ..own.clone() }, FaultKind::Event),
        (Draft { payload: PayloadRef::Inline(EMPTY), ..own.clone() }, FaultKind::Event),
        (Draft { payload: detached, ..own.clone() }, FaultKind::Event),
        (Draft { event: "log.created", ..own.clone() }, FaultKind::Genesis),
    ] {
        let mut log = SmallLog::begun();
        log.bring(&body);
        assert_eq!(log.push(&draft), at_next(&log, expected));
    }
    assert_eq!(SmallLog::begun().push(&own), Ok(()));
}

#[test]
fn keys_sign_under_the_logs_origin() {
    let mut log = SmallLog::begun();
    let foreign = Signer::from_seed("example.org/another", &[2; 32]).expect("the origin is good");
    assert_eq!(log.declare(&keys(&[foreign])), at_next(&log, FaultKind::Event));
}

#[test]
fn an_organization_owns_its_own_stream_alone() {
    let mut log = SmallLog::begun();
    let other = draft("organization", 3, "organization.created");
    assert_eq!(log.push(&other), at_next(&log, FaultKind::StreamOwner));
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&Draft { owner: Some(Uuid::from_u128(3)), ..other }), Ok(()));
    let mut log = SmallLog::begun();
    let node = Draft { owner: Some(ORGANIZATION), ..draft("node", 5, "node.changed") };
    assert_eq!(log.push(&node), at_next(&log, FaultKind::StreamOwner));
}

#[test]
fn a_guard_is_the_version_before_the_append() {
    let guard = |version| GuardRef { stream: StreamRef { kind: "project", id: Uuid::from_u128(4) }, version };
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&Draft { guards: vec![guard(0)], append: (0, 2), ..project(4) }), Ok(()));
    assert_eq!(log.push(&Draft { append: (1, 2), ..project(4) }), Ok(()));
    assert_eq!(log.push(&Draft { guards: vec![guard(2)], ..project(4) }), Ok(()));
    assert_eq!(log.push(&Draft { guards: vec![guard(2)], ..project(4) }), at_next(&log, FaultKind::Guard));
    let unknown = GuardRef { stream: StreamRef { kind: "slot", id: Uuid::from_u128(4) }, version: 0 };
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&Draft { guards: vec![unknown], ..project(4) }), Ok(()), "absent, of a kind never declared");
}

#[test]
fn guards_belong_to_the_first_entry_of_an_append() {
    let mut log = SmallLog::begun();
    let guard = GuardRef { stream: StreamRef { kind: "project", id: Uuid::from_u128(9) }, version: 0 };
    assert_eq!(log.push(&Draft { append: (0, 2), ..project(4) }), Ok(()));
    let second = Draft { append: (1, 2), guards: vec![guard], ..project(4) };
    assert_eq!(log.push(&second), at_next(&log, FaultKind::Append));
}

#[test]
fn a_cause_precedes_the_append_or_is_elsewhere() {
    let begun = SmallLog::begun().position();
    let elsewhere = |log_id, position| Cause::Elsewhere { log_id, position, hash: Hash::ZERO };
    for (cause, good) in [
        (Cause::Here(1), true),
        (Cause::Here(begun), true),
        (Cause::Here(0), false),
        (Cause::Here(begun + 1), false),
        (elsewhere(Uuid::from_u128(9), 3), true),
        (elsewhere(Uuid::from_u128(9), 0), false),
        (elsewhere(LOG, 3), false),
    ] {
        let mut log = SmallLog::begun();
        let expected = if good { Ok(()) } else { at_next(&log, FaultKind::Cause) };
        assert_eq!(log.push(&Draft { cause, ..project(4) }), expected, "{cause:?}");
    }
    // The second entry of an append is not caused by the first.
    let mut log = SmallLog::begun();
    let cause = Cause::Here(begun + 1);
    let first = Draft { append: (0, 2), cause, ..project(4) };
    assert_eq!(log.push(&first), at_next(&log, FaultKind::Cause));
}

#[test]
fn a_name_is_released_by_the_stream_that_took_it() {
    let claim = |takes| vec![ClaimRef { scope: "project.name", name: Hash::ZERO, takes }];
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&Draft { claims: claim(true), ..project(4) }), Ok(()));
    assert_eq!(log.push(&Draft { claims: claim(false), ..project(4) }), Ok(()));
    assert_eq!(log.push(&Draft { claims: claim(true), ..project(5) }), Ok(()));
    assert_eq!(log.push(&Draft { claims: claim(false), ..project(4) }), at_next(&log, FaultKind::Claim));
}

#[test]
fn a_field_of_blobs_holds_nothing_or_a_blob_that_is_there() {
    let manifest = Hash::of_blob(b"a manifest");
    let there = naming(&manifest.0);
    let (absent, short) = (naming(&[5; 32]), naming(&[5; 31]));
    let of = |payload| Draft { payload: PayloadRef::Inline(payload), ..project(4) };
    let mut log = SmallLog::begun();
    log.bring(b"a manifest");
    assert_eq!(log.finish().map_err(|fault| fault.kind), Err(FaultKind::Blob), "not yet named");
    assert_eq!(log.push(&of(&there)), Ok(()));
    assert_eq!(log.push(&of(&there)), Ok(()), "named twice");
    assert_eq!(log.finish(), Ok(()));
    assert_eq!(log.push(&of(&absent)), at_next(&log, FaultKind::Blob));
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&of(&short)), at_next(&log, FaultKind::Blob));
    let mut log = SmallLog::begun();
    assert_eq!(log.push(&of(b"\x81\xa8manifest\xc0")), Ok(()), "nil");
    assert_eq!(log.push(&of(b"\x81\xa8manifest\x01")), at_next(&log, FaultKind::Blob));
}

#[test]
fn a_detached_body_names_blobs_too() {
    let body = [&[3; 16], &naming(&Hash::of_blob(b"a manifest").0)[..]].concat();
    let detached = PayloadRef::Detached { digest: Hash::of_detached(&body), length: body.len() as u64 };
    let entry = Draft { payload: detached, ..project(4) };
    let mut log = SmallLog::begun();
    log.bring(&body);
    assert_eq!(log.push(&entry), at_next(&log, FaultKind::Blob));
    let mut log = SmallLog::begun();
    log.bring(&body);
    log.bring(b"a manifest");
    assert_eq!(log.push(&entry), Ok(()));
    assert_eq!(log.push(&entry), Ok(()), "named again in the same shape");
    assert_eq!(log.finish(), Ok(()));
}

#[test]
fn a_body_is_as_long_as_its_entry_says_and_holds_a_payload() {
    let (good, no_payload, too_short) = ([&[3; 16], EMPTY].concat(), [&[3; 16][..], b"\x01"].concat(), vec![3; 16]);
    for (body, length, outcome) in
        [(&good, 17, true), (&good, 18, false), (&no_payload, 17, false), (&too_short, 16, false)]
    {
        let mut log = SmallLog::begun();
        log.bring(body);
        let payload = PayloadRef::Detached { digest: Hash::of_detached(body), length };
        let expected = if outcome { Ok(()) } else { at_next(&log, FaultKind::Blob) };
        assert_eq!(log.push(&Draft { payload, ..project(4) }), expected);
    }
}

#[test]
fn a_missing_body_is_accounted_for_by_a_later_erasure_alone() {
    let body = [&[3; 16], EMPTY].concat();
    let payload = PayloadRef::Detached { digest: Hash::of_detached(&body), length: 17 };
    let erase = |positions: Vec<u64>| Declaration::PayloadErased { positions, reason: "asked".to_owned() };
    let blob = |position| Err(Fault { position, kind: FaultKind::Blob });

    let mut log = SmallLog::begun();
    let place = log.position() + 2;
    log.declare(&erase(vec![place])).expect("naming what is to come is no fault");
    log.push(&Draft { payload, ..project(4) }).expect("a body may be missing until the end");
    assert_eq!(log.finish(), blob(place), "erased too early");
    log.declare(&erase(vec![place])).expect("it is good");
    assert_eq!(log.finish(), Ok(()));
    log.bring(&body);
    assert_eq!(log.finish(), blob(log.position()), "brought too late");
}

#[test]
fn a_checkpoint_after_changes_of_keys_is_signed_by_all_of_them() {
    let mut log = SmallLog::begun();
    log.declare(&keys(&[signer(2)])).expect("it is good");
    log.declare(&keys(&[signer(3), signer(4)])).expect("it is good");
    log.commit_heads((0, 1)).expect("it is good");
    let outcome = |seeds: &[u8]| match log.verify(&[log.checkpoint(seeds)]) {
        Ok(report) => Ok(report.keys.len()),
        Err(VerifyError::Fault(fault)) => Err(fault),
        Err(error) => panic!("{error}"),
    };
    let fault = Err(Fault { position: log.position(), kind: FaultKind::Signature });
    assert_eq!(outcome(&[1, 2, 4]), Ok(2));
    for seeds in [&[1, 2][..], &[1, 3], &[2, 3], &[3]] {
        assert_eq!(outcome(seeds), fault, "{seeds:?}");
    }
}

#[test]
fn a_checkpoint_stands_on_the_end_of_an_append() {
    let mut log = SmallLog::begun();
    log.commit_heads((0, 2)).expect("it is good");
    let inside = log.checkpoint(&[1]);
    log.push(&Draft { append: (1, 2), ..project(4) }).expect("it is good");
    log.commit_heads((0, 1)).expect("it is good");
    let last = log.checkpoint(&[1]);
    assert!(log.verify(std::slice::from_ref(&last)).is_ok());
    let outcome = log.verify(&[inside, last]);
    let expected = Fault { position: log.position(), kind: FaultKind::Checkpoint };
    assert!(matches!(&outcome, Err(VerifyError::Fault(fault)) if *fault == expected), "{outcome:?}");
}
