//! What an auditor demands of an export besides that it is consistent: witnesses, and keys
//! that are still the log's alone.

use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::cosignature::Cosigner;
use gpuaas_log::declaration::Declaration;
use gpuaas_log::fault::FaultKind;
use gpuaas_log::policy::{Policy, Unmet};
use gpuaas_log::verify::{Compromised, Options, Report, VerifyError};

use crate::small_log::{SmallLog, draft, signer};

/// The witness of this number.
fn witness(number: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness.example/{number}"), &[100 + number; 32]).expect("the name is good")
}

fn cosigned(signed: &SignedCheckpoint, by: &[u8]) -> SignedCheckpoint {
    let lines = by.iter().map(|number| witness(*number).cosign(signed.checkpoint(), 1_700_000_000));
    signed.clone().with(lines)
}

/// A policy of two witnesses, on a log with the key of this seed.
fn policy(seed: u8) -> Policy {
    let witnesses: String = (1..3).map(|n| format!("witness w{n} {}\n", witness(n).key())).collect();
    let text = format!("log {}\n{witnesses}group both all w1 w2\nquorum both\n", signer(seed).verifier());
    text.parse().expect("it is a policy")
}

fn with_policy(seed: u8) -> Options {
    Options { policy: Some(policy(seed)), ..Options::default() }
}

/// A log that ends on heads, and its checkpoint.
fn small() -> (SmallLog, SignedCheckpoint) {
    let mut log = SmallLog::begun();
    log.commit_heads((0, 1)).expect("they are good");
    let checkpoint = log.checkpoint(&[1]);
    (log, checkpoint)
}

#[track_caller]
fn refused(outcome: Result<Report, VerifyError>, expected: &Unmet) {
    match outcome {
        Err(VerifyError::Policy { fault, why }) => assert_eq!((fault.kind, &why), (FaultKind::Signature, expected)),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn unsigned(outcome: Result<Report, VerifyError>) {
    let fault = outcome.as_ref().err().and_then(VerifyError::fault);
    assert!(fault.is_some_and(|fault| fault.kind == FaultKind::Signature), "{outcome:?}");
}

#[test]
fn a_policy_of_two_witnesses_rejects_a_log_with_one() {
    let (log, checkpoint) = small();
    let both = log.verify_against(&[cosigned(&checkpoint, &[1, 2])], &with_policy(1)).expect("both cosigned");
    let met = both.policy.as_ref().expect("a policy was given");
    assert_eq!((met.seen.len(), &*met.quorum), (2, "2 of (w1, w2)"));
    assert_eq!(both.sentence(), "consistent, and signed and cosigned as the policy demands, by 2 of (w1, w2)");
    for by in [&[][..], &[1], &[2], &[2, 3]] {
        let outcome = log.verify_against(&[cosigned(&checkpoint, by)], &with_policy(1));
        assert!(matches!(&outcome, Err(VerifyError::Policy { why: Unmet::Quorum { .. }, .. })), "{by:?} {outcome:?}");
    }
}

#[test]
fn cosignatures_on_a_held_checkpoint_of_the_same_tree_count() {
    let (log, checkpoint) = small();
    let held = |by: &[u8]| Options { checkpoint: Some(cosigned(&checkpoint, by)), ..with_policy(1) };
    log.verify_against(&[cosigned(&checkpoint, &[1])], &held(&[2])).expect("together they are two");
    let outcome = log.verify_against(&[cosigned(&checkpoint, &[1])], &held(&[1]));
    assert!(matches!(outcome, Err(VerifyError::Policy { .. })), "{outcome:?}");
}

#[test]
fn a_checkpoint_by_an_unknown_key_is_refused() {
    let (log, checkpoint) = small();
    refused(log.verify_against(&[cosigned(&checkpoint, &[1, 2])], &with_policy(5)), &Unmet::UnknownLog);
    let unnamed = Options { policy: Some("quorum none\n".parse().expect("it is a policy")), ..Options::default() };
    refused(log.verify_against(std::slice::from_ref(&checkpoint), &unnamed), &Unmet::NoLog);
    let keys = vec![signer(1).verifier().clone()];
    log.verify_against(&[checkpoint], &Options { keys, ..unnamed }).expect("the key says which log");
}

#[test]
fn a_forged_cosignature_of_a_known_witness_is_refused() {
    let (log, checkpoint) = small();
    let mut other = checkpoint.checkpoint().clone();
    other.size += 1;
    let forged = checkpoint.clone().with([witness(1).cosign(&other, 1), witness(2).cosign(checkpoint.checkpoint(), 1)]);
    refused(log.verify_against(&[forged], &with_policy(1)), &Unmet::Forged);
}

/// A log whose key 1 is replaced by another after the first checkpoint: its checkpoints
/// before, at and after the change.
fn rotated(to: u8) -> (SmallLog, [SignedCheckpoint; 3]) {
    let (mut log, before) = small();
    log.declare(&Declaration::KeysChanged { keys: vec![signer(to).verifier().clone()] }).expect("it is good");
    log.commit_heads((0, 1)).expect("they are good");
    let at = log.checkpoint(&[1, to]);
    log.push(&draft("project", 9, "project.changed")).expect("it is good");
    log.commit_heads((0, 1)).expect("they are good");
    let after = log.checkpoint(&[to]);
    (log, [before, at, after])
}

/// Key 1 was declared compromised.
fn compromised(cut_off: u64, options: Options) -> Options {
    let text = format!("{}@{cut_off}", signer(1).verifier());
    let lost: Compromised = text.parse().expect("it is well formed");
    Options { compromised: vec![lost], ..options }
}

fn with_key(seed: u8) -> Options {
    Options { keys: vec![signer(seed).verifier().clone()], ..Options::default() }
}

#[test]
fn a_rotation_beyond_the_cut_off_needs_the_new_key_from_outside() {
    let (log, [before, at, after]) = rotated(2);
    let checkpoints = [at.clone(), after.clone()];
    let cut_off = before.checkpoint().size;
    log.verify(&checkpoints).expect("both keys signed");
    unsigned(log.verify_against(&checkpoints, &compromised(cut_off, Options::default())));
    log.verify_against(&checkpoints, &compromised(cut_off, with_key(2))).expect("the new key vouches");
    let cosigned = [at.clone(), cosigned(&after, &[1, 2])];
    log.verify_against(&cosigned, &compromised(cut_off, with_policy(2))).expect("the policy names the new key");
    // A cut-off that covers the change asks for nothing more.
    let covered = at.checkpoint().size;
    log.verify_against(&checkpoints, &compromised(covered, Options::default())).expect("the old key counted then");
    // Somebody who got hold of the old key goes on with a key of their own.
    let (forged, [_, at, after]) = rotated(9);
    forged.verify(&[at.clone(), after.clone()]).expect("nobody knows yet");
    unsigned(forged.verify_against(&[at.clone(), after.clone()], &compromised(cut_off, Options::default())));
    unsigned(forged.verify_against(&[at, after], &compromised(cut_off, with_key(2))));
}

#[test]
fn a_log_that_only_a_compromised_key_signed_needs_witnesses() {
    let (log, checkpoint) = small();
    let size = checkpoint.checkpoint().size;
    let bare = std::slice::from_ref(&checkpoint);
    for options in [Options::default(), with_key(1)] {
        refused(log.verify_against(bare, &compromised(size, options)), &Unmet::Compromised);
    }
    let seen = [cosigned(&checkpoint, &[1, 2])];
    log.verify_against(&seen, &compromised(size, with_policy(1))).expect("witnesses saw it within the cut-off");
    unsigned(log.verify_against(&seen, &compromised(size - 1, with_policy(1))));
    let outcome = log.verify_against(&[cosigned(&checkpoint, &[1])], &compromised(size, with_policy(1)));
    assert!(matches!(outcome, Err(VerifyError::Policy { why: Unmet::Quorum { .. }, .. })), "{outcome:?}");
}

#[test]
fn a_declaration_of_a_compromise_has_one_form() {
    let key = signer(1).verifier().to_string();
    for bad in ["", "@7", &key, &format!("{key}@"), &format!("{key}@07"), &format!("{key}@-1"), &format!("{key}7")] {
        assert!(bad.parse::<Compromised>().is_err(), "{bad}");
    }
}
