//! Signing checkpoints, and refusing to when the log is no longer what was signed.

use std::time::Duration;

use gpuaas_log::append::AppendError;
use gpuaas_log::appender::Condition;
use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::checkpointer::{Checkpointer, CheckpointerError};
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;
use tempfile::TempDir;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_checkpoint_covers_the_log_and_ends_on_heads,
    a_checkpoint_that_is_asked_for_comes_at_once,
    keys_change_under_both_signatures,
    a_log_put_back_to_a_backup_is_stopped,
    a_log_put_back_under_a_running_server_is_stopped,
    an_altered_entry_is_found,
    a_lost_file_is_asked_for,
    a_file_of_another_log_is_refused_and_stops_nobody,
);

struct Role {
    directory: TempDir,
}

impl Role {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    async fn open(&self, log: &Log) -> Result<Checkpointer, CheckpointerError> {
        Checkpointer::open(log.clone(), vec![signer()], self.directory.path().join("checkpoint")).await
    }
}

async fn a_checkpoint_covers_the_log_and_ends_on_heads(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let role = Role::new();
    let checkpointer = role.open(&log).await.unwrap();
    let second = role.open(&log).await;
    assert!(matches!(second, Err(CheckpointerError::InUse(_))));
    let first = checkpointer.checkpoint().await.unwrap().unwrap();
    assert!(first.is_signed_by(signer().verifier()));
    assert!(checkpointer.checkpoint().await.unwrap().is_none(), "nothing is new");
    log.append(create_project(org, 1)).await.unwrap();
    let next = checkpointer.checkpoint().await.unwrap().unwrap();
    assert_eq!(next.checkpoint().size, first.checkpoint().size + 2);
    drop(checkpointer);

    let checkpointer = role.open(&log).await.unwrap();
    assert!(checkpointer.checkpoint().await.unwrap().is_none(), "it is kept");
    let report = verified(log.export_whole(Vec::new()).await.unwrap());
    assert_eq!((report.size, report.root), (next.checkpoint().size, next.checkpoint().root));
}

async fn a_checkpoint_that_is_asked_for_comes_at_once(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let role = Role::new();
    let checkpointer = role.open(&log).await.unwrap();
    let signing = tokio::spawn(async move { checkpointer.run(Duration::from_secs(3_600)).await });
    for number in 0..3 {
        log.append(create_project(org, number)).await.unwrap();
        let asked = log.commit_heads().await.unwrap();
        while log.published().await.unwrap() < asked {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    signing.abort();
}

async fn keys_change_under_both_signatures(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let role = Role::new();
    role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
    let next = Signer::from_seed(ORIGIN, &[8; 32]).unwrap();
    log.change_keys(vec![next.verifier().clone()]).await.unwrap();
    let foreign = Signer::from_seed("example.com/other", &[8; 32]).unwrap();
    assert!(log.change_keys(vec![foreign.verifier().clone()]).await.is_err());
    let path = role.directory.path().join("checkpoint");
    let new_key_alone = Checkpointer::open(log.clone(), vec![next.clone()], &path).await.unwrap();
    assert!(matches!(new_key_alone.checkpoint().await, Err(CheckpointerError::NoKey(_))));
    drop(new_key_alone);
    let both = Checkpointer::open(log.clone(), vec![signer(), next.clone()], &path).await.unwrap();
    let signed = both.checkpoint().await.unwrap().unwrap();
    assert!(signed.is_signed_by(signer().verifier()) && signed.is_signed_by(next.verifier()));
    log.append(create_project(org, 1)).await.unwrap();
    let signed = both.checkpoint().await.unwrap().unwrap();
    assert!(!signed.is_signed_by(signer().verifier()) && signed.is_signed_by(next.verifier()));
    assert_eq!(verified(log.export_whole(Vec::new()).await.unwrap()).keys, [next.verifier().clone()]);
}

/// A log that was signed, and a copy of it from before its last entries.
async fn signed_beyond_its_backup<P: Place>(place: &P, role: &Role) -> (P, Log) {
    let (log, org) = log_with_organization(place).await;
    role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
    log.close().await;
    let backup = place.back_up().await;
    let log = Log::open(place.open().await, Default::default()).await.unwrap();
    for number in 0..5 {
        log.append(create_project(org, number)).await.unwrap();
    }
    role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
    (backup, log)
}

async fn a_log_put_back_to_a_backup_is_stopped<P: Place>(place: &P) {
    let role = Role::new();
    let (backup, log) = signed_beyond_its_backup(place, &role).await;
    log.close().await;
    for appends_after in [0, 20] {
        place.restore(&backup).await;
        let log = Log::open(place.open().await, Default::default()).await.unwrap();
        for number in 100..100 + appends_after {
            log.append(create_project(id(10), number)).await.unwrap();
        }
        let Err(CheckpointerError::Inconsistent(why)) = role.open(&log).await else {
            panic!("the rollback was not noticed after {appends_after} appends");
        };
        assert!(why.contains(if appends_after == 0 { "it ends at entry" } else { "not the root" }), "{why}");
        log.condition().wait_for(|condition| *condition == Condition::Stopped(why.clone())).await.unwrap();
        assert_eq!(log.append(create_project(id(10), 999)).await, Err(AppendError::Stopped(why.clone())));
        let log = reopen(place, log).await;
        assert_eq!(log.append(create_project(id(10), 999)).await, Err(AppendError::Stopped(why)));
        log.resume().await.unwrap();
        log.condition().wait_for(|condition| *condition == Condition::Running).await.unwrap();
        log.append(create_project(id(10), 999)).await.unwrap();
        log.close().await;
    }
}

async fn a_log_put_back_under_a_running_server_is_stopped<P: Place>(place: &P) {
    let role = Role::new();
    let (_, log) = signed_beyond_its_backup(place, &role).await;
    let checkpointer = role.open(&log).await.unwrap();
    // As a failover to a standby that was behind would do.
    let last = *log.head().borrow();
    let kept = log.entry(last - 2).await.unwrap().unwrap();
    place.tamper(&format!("DELETE FROM log_entries WHERE position > {}", last - 2)).await;
    let hash = P::bytes(&hex::encode(kept.hash().0));
    place.tamper(&format!("UPDATE log_head SET position = {}, hash = {hash}", last - 2)).await;

    let outcome = checkpointer.checkpoint().await;
    assert!(
        matches!(&outcome, Err(CheckpointerError::Inconsistent(why)) if why.contains("is not there")),
        "{outcome:?}"
    );
    log.condition().wait_for(|condition| matches!(condition, Condition::Stopped(_))).await.unwrap();
    let outcome = log.append(create_project(id(10), 999)).await;
    assert!(matches!(outcome, Err(AppendError::Stopped(_))), "{outcome:?}");
}

async fn an_altered_entry_is_found<P: Place>(place: &P) {
    let (log, org) = log_with_organization(place).await;
    let role = Role::new();
    for number in 0..5 {
        log.append(create_project(org, number)).await.unwrap();
    }
    role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
    log.close().await;
    let middle = "(SELECT max(position) / 2 FROM log_entries)";
    place.tamper(&format!("UPDATE log_entries SET bytes = (SELECT bytes FROM log_entries WHERE position = 2) WHERE position = {middle}")).await;
    let log = Log::open(place.open().await, Default::default()).await.unwrap();
    assert!(matches!(role.open(&log).await, Err(CheckpointerError::Inconsistent(_))));
}

async fn a_lost_file_is_asked_for<P: Place>(place: &P) {
    let (log, org) = log_with_organization(place).await;
    Role::new().open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
    let elsewhere = Role::new();
    assert!(matches!(elsewhere.open(&log).await, Err(CheckpointerError::NotKept { .. })));
    let path = elsewhere.directory.path().join("checkpoint");
    let adopted = Checkpointer::adopt(log.clone(), vec![signer()], path).await.unwrap();
    log.append(create_project(org, 1)).await.unwrap();
    adopted.checkpoint().await.unwrap().unwrap();
    drop(adopted);
    elsewhere.open(&log).await.unwrap();
}

async fn a_file_of_another_log_is_refused_and_stops_nobody(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let role = Role::new();
    let size = role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap().checkpoint().size;
    let other = Signer::from_seed("example.com/other", &[8; 32]).unwrap();
    let checkpoint = Checkpoint { origin: "example.com/other".into(), size, root: Hash([1; 32]) };
    let path = role.directory.path().join("checkpoint");
    let own = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, SignedCheckpoint::sign(checkpoint, &[&other]).to_string()).unwrap();
    let Err(CheckpointerError::File { why, .. }) = role.open(&log).await else { panic!("it is of another log") };
    assert!(why.contains("example.com/other"), "{why}");
    log.append(create_project(org, 1)).await.unwrap();
    std::fs::write(&path, own).unwrap();
    role.open(&log).await.unwrap().checkpoint().await.unwrap().unwrap();
}
