//! The key that signs checkpoints is replaced: both sign once, then the new one does.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use gpuaas_log::checkpoint::{SignedCheckpoint, Signer, VerifierKey};
use gpuaas_log::verify::{Options, verify};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Running, person};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[("GET", KEYS), ("POST", ROTATE)];
const KEYS: &str = "/api/v1/log/keys";
const ROTATE: &str = "/api/v1/log/keys/rotate";
const ORIGIN: &str = "gpuaas.local";

fn keys(lists: &Value) -> Vec<String> {
    lists["items"].as_array().unwrap().iter().map(|list| list["keys"][0].as_str().unwrap().to_owned()).collect()
}

/// The keys that signed the checkpoint that covers everything up to now, of these.
async fn signers(running: &Running, known: &[String]) -> Vec<usize> {
    let size = running.log().commit_heads().await.unwrap();
    let signed: SignedCheckpoint = loop {
        match running.log().last_checkpoint().await.unwrap() {
            Some(checkpoint) if checkpoint.size >= size => break checkpoint.note.parse().unwrap(),
            Some(_) | None => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    let signed_by = |key: &String| signed.is_signed_by(&key.parse().unwrap());
    (0..known.len()).filter(|place| signed_by(&known[*place])).collect()
}

async fn exported(running: &Running) -> Vec<u8> {
    let reply = running.admin().request(Method::GET, "/api/v1/log/export").send().await.unwrap();
    reply.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn both_keys_sign_the_change_and_the_new_one_from_then_on() {
    let running = Running::start().await;
    let admin = running.admin();
    let first = keys(&admin.get(KEYS).await.expect(200));
    let trial = admin.send(admin.mutation(Method::POST, &format!("{ROTATE}?dry_run=true")).json(&json!({}))).await;
    let trial = trial.expect(200);
    assert_eq!((&trial["would_succeed"], &trial["events"][0]["event"]), (&json!(true), &json!("log.keys_changed")));
    assert_eq!(keys(&admin.get(KEYS).await.expect(200)), first, "a dry run changes nothing");

    let ask = || admin.request(Method::POST, ROTATE).header("Idempotency-Key", "rotate").json(&json!({}));
    let changed = admin.send(ask()).await;
    assert_eq!(changed.header("etag"), "\"2\"");
    let changed = changed.expect(200);
    let both = keys(&admin.get(KEYS).await.expect(200));
    assert_eq!(
        (both.len(), changed["keys"][0].as_str(), changed["in_force"].as_bool()),
        (2, Some(&*both[1]), Some(true))
    );
    assert_eq!(signers(&running, &both).await, [0, 1]);
    admin.post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    assert_eq!(signers(&running, &both).await, [1]);
    // Whoever holds the old key needs to know the checkpoint that both signed.
    let listed = admin.get(KEYS).await.expect(200);
    let size = listed["items"][1]["first_checkpoint"].as_u64().unwrap();
    assert!(size > listed["items"][1]["since"].as_u64().unwrap());
    let bridge: SignedCheckpoint = running.log().checkpoint(size).await.unwrap().unwrap().note.parse().unwrap();
    assert!(both.iter().all(|key| bridge.is_signed_by(&key.parse().unwrap())), "{bridge}");

    // The entry says who had it written, and by which rule.
    let position = changed["since"].as_u64().unwrap();
    let stored = running.log().entry(position).await.unwrap().unwrap();
    let entry = stored.entry().unwrap();
    assert_eq!((entry.event, entry.actor.kind, entry.command.name), ("log.keys_changed", "user", "log.rotate_key"));
    assert_eq!(entry.decision.unwrap().rules.iter().copied().collect::<Vec<_>>(), ["platform-admin"]);
    assert!(!entry.guards.is_empty());

    // The same request again gets the same answer, and another one replaces the key again.
    let again = admin.send(ask()).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(200), changed);
    let reused = admin.request(Method::POST, ROTATE).header("Idempotency-Key", "rotate").json(&json!({"key": null}));
    admin.send(reused).await.refused(409, "idempotency_key_reused");
    admin.post(ROTATE, json!({})).await.expect(200);
    let three = keys(&admin.get(KEYS).await.expect(200));
    assert_eq!(signers(&running, &three).await, [1, 2]);
    let report = verify(&mut Cursor::new(exported(&running).await), &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(report.keys.iter().map(ToString::to_string).collect::<Vec<_>>(), three[2..]);
    crate::harness::all_reached(REACHED);
    running.stop().await;
}

#[tokio::test]
async fn a_rotation_replaces_only_the_list_that_if_match_names() {
    let directory = Arc::new(TempDir::new().unwrap());
    let running = Running::in_directory(directory.clone(), |_| {}).await;
    let admin = running.admin();
    let rotate = |etag: &str, path: &str| admin.mutation(Method::POST, path).header("If-Match", etag).json(&json!({}));
    let before = keys(&admin.get(KEYS).await.expect(200));
    admin.send(rotate("\"2\"", ROTATE)).await.refused(412, "precondition_failed");
    let trial = admin.send(rotate("\"2\"", &format!("{ROTATE}?dry_run=true"))).await.expect(200);
    assert_eq!(trial["failed_checks"][0]["code"], "precondition_failed", "{trial}");
    assert_eq!(keys(&admin.get(KEYS).await.expect(200)), before);
    let store = gpuaas_api::keystore::KeyStore::open(&directory.path().join("keys")).unwrap();
    assert!(store.kept_log_signing(2).unwrap().is_none(), "no key was made for it");
    // Of many at once, one is the next.
    let replies = futures::future::join_all((0..8).map(|_| admin.send(rotate("\"1\"", ROTATE)))).await;
    let mut changed = 0;
    for reply in replies {
        match reply.status.as_u16() {
            200 => changed += 1,
            _ => reply.refused(412, "precondition_failed"),
        }
    }
    assert_eq!((changed, keys(&admin.get(KEYS).await.expect(200)).len()), (1, 2));
    assert!(store.kept_log_signing(3).unwrap().is_none(), "none was made for those that came too late");
    // Of one request that is sent several times at once, each gets the one answer.
    let again = || {
        let request = admin.request(Method::POST, ROTATE).header("Idempotency-Key", "once");
        request.header("If-Match", "\"2\"").json(&json!({}))
    };
    let replies = futures::future::join_all((0..8).map(|_| admin.send(again()))).await;
    let since: BTreeSet<_> = replies.into_iter().map(|reply| reply.expect(200)["since"].as_u64()).collect();
    assert_eq!(since.len(), 1, "{since:?}");
    // Without a version each has its turn, with a key of its own.
    let free = || admin.mutation(Method::POST, ROTATE).json(&json!({}));
    let replies = futures::future::join_all((0..4).map(|_| admin.send(free()))).await;
    let made: BTreeSet<_> = replies.into_iter().map(|reply| reply.expect(200)["keys"][0].to_string()).collect();
    assert_eq!((made.len(), keys(&admin.get(KEYS).await.expect(200)).len()), (4, 7));
    verify(&mut Cursor::new(exported(&running).await), &Options::default(), &mut |_| {}).unwrap();
    running.stop().await;
}

#[tokio::test]
async fn a_rotation_goes_on_where_a_crash_left_it() {
    let directory = Arc::new(TempDir::new().unwrap());
    let running = Running::in_directory(directory.clone(), |_| {}).await;
    let first = keys(&running.admin().get(KEYS).await.expect(200));
    running.stop().await;
    // The new key was made, and the process ended before the log named it.
    let store = gpuaas_api::keystore::KeyStore::open(&directory.path().join("keys")).unwrap();
    let made = Signer::from_seed(ORIGIN, store.log_signing(2).unwrap().bytes()).unwrap().verifier().to_string();
    let running = Running::in_directory(directory.clone(), |_| {}).await;
    assert_eq!(signers(&running, &first).await, [0]);
    let changed = running.admin().post(ROTATE, json!({})).await.expect(200);
    assert_eq!(changed["keys"][0], made.as_str());
    running.stop().await;
    // The log named it, and the process ended before a checkpoint covered that: whichever
    // came first, the first checkpoint that covers it is signed by both.
    let running = Running::in_directory(directory, |_| {}).await;
    running.admin().post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    assert!(signers(&running, &[first[0].clone(), made]).await.contains(&1));
    verify(&mut Cursor::new(exported(&running).await), &Options::default(), &mut |_| {}).unwrap();
    running.stop().await;
}

/// A key in a file beside the platform, and how it is named to it.
fn in_a_file(directory: &TempDir, seed: u8) -> (VerifierKey, String) {
    let file = directory.path().join(format!("seed-{seed}"));
    std::fs::write(&file, hex::encode([seed; 32])).unwrap();
    let key = Signer::from_seed(ORIGIN, &[seed; 32]).unwrap().verifier().clone();
    (key, format!("file:{}", file.display()))
}

#[tokio::test]
async fn a_key_kept_elsewhere_begins_a_log_and_follows_one() {
    let directory = Arc::new(TempDir::new().unwrap());
    let (one, from_one) = in_a_file(&directory, 1);
    let (two, from_two) = in_a_file(&directory, 2);
    let running = Running::in_directory(directory, |config| {
        config.signing_keys = vec![from_one.parse().unwrap(), from_two.parse().unwrap()];
    })
    .await;
    let admin = running.admin();
    assert_eq!(keys(&admin.get(KEYS).await.expect(200)), [one.to_string()]);
    admin.post(ROTATE, json!({"key": two.to_string()})).await.expect(200);
    assert_eq!(signers(&running, &[one.to_string(), two.to_string()]).await, [0, 1]);
    // And from there into the key store.
    admin.post(ROTATE, json!({})).await.expect(200);
    let all = keys(&admin.get(KEYS).await.expect(200));
    assert_eq!(signers(&running, &all).await, [1, 2]);
    running.stop().await;
}

#[tokio::test]
async fn a_key_that_cannot_sign_here_is_never_named_by_the_log() {
    let running = Running::start().await;
    let admin = running.admin();
    let before = *running.log().head().borrow();
    let first = keys(&admin.get(KEYS).await.expect(200));
    let elsewhere = Signer::from_seed(ORIGIN, &[9; 32]).unwrap().verifier().to_string();
    admin.post(ROTATE, json!({"key": elsewhere})).await.refused(409, "signing_key_unavailable");
    let foreign = Signer::from_seed("another.log", &[9; 32]).unwrap().verifier().to_string();
    admin.post(ROTATE, json!({"key": foreign})).await.refused(409, "signing_key_unavailable");
    admin.post(ROTATE, json!({"key": first[0]})).await.refused(422, "invalid_field");
    admin.post(ROTATE, json!({"key": "nonsense"})).await.refused(422, "invalid_field");
    admin.post(ROTATE, json!({"keys": []})).await.refused(422, "invalid_field");
    let (_, token, _) = person(&admin, "eve").await;
    running.client(&token).post(ROTATE, json!({})).await.refused(403, "forbidden");
    let entries = running.log().read(before, 100).await.unwrap();
    let changes = entries.iter().filter(|stored| stored.entry().unwrap().event == "log.keys_changed").count();
    assert_eq!((changes, keys(&admin.get(KEYS).await.expect(200))), (0, first));
    running.stop().await;
}

#[tokio::test]
async fn a_refused_key_is_told_which_keys_could_sign_here() {
    let directory = Arc::new(TempDir::new().unwrap());
    Running::in_directory(directory.clone(), |_| {}).await.stop().await;
    // On a log that is there, nothing else says what a seed's key is called.
    let (seeded, from_seed) = in_a_file(&directory, 3);
    let running = Running::in_directory(directory, |config| {
        config.signing_keys = vec![from_seed.parse().unwrap()];
    })
    .await;
    let admin = running.admin();
    let elsewhere = Signer::from_seed(ORIGIN, &[9; 32]).unwrap().verifier().to_string();
    let refused = admin.post(ROTATE, json!({"key": elsewhere})).await.expect(409);
    let message = refused["error"]["message"].as_str().unwrap();
    let told = message.rsplit(' ').next().unwrap();
    assert_eq!(told, seeded.to_string(), "{message}");
    admin.post(ROTATE, json!({"key": told})).await.expect(200);
    running.stop().await;
}
