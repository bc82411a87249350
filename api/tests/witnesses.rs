//! Witnesses cosign what the platform signs. One that is down, slow or lies is noticed, and
//! is of no consequence to the others.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::post;
use gpuaas_api::Config;
use gpuaas_api::outgoing::ListedWitness;
use gpuaas_api::server::Role;
use gpuaas_api::witness::{Serving, serve};
use gpuaas_log::Log;
use gpuaas_log::checkpoint::{SignedCheckpoint, Signer, VerifierKey};
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::cosignature::{Cosigner, WitnessKey, cosignatures};
use gpuaas_log::receipt::Receipt;
use gpuaas_log::witness::{AddCheckpoint, Witness};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::harness::Running;

const ORIGIN: &str = "gpuaas.local";

/// Everything that a platform needs to be known to witnesses before it begins.
struct Place {
    directory: Arc<TempDir>,
}

impl Place {
    fn new() -> Self {
        let directory = Arc::new(TempDir::new().unwrap());
        drop(gpuaas_api::keystore::KeyStore::open(&directory.path().join("keys")).unwrap());
        Self { directory }
    }

    /// The key that the platform will sign with.
    fn log_key(&self) -> VerifierKey {
        let keys = gpuaas_api::keystore::KeyStore::open(&self.directory.path().join("keys")).unwrap();
        Signer::from_seed(ORIGIN, keys.log_signing(1).unwrap().bytes()).unwrap().verifier().clone()
    }

    /// A real witness of the platform's log.
    async fn witness(&self, name: &str) -> (Serving, ListedWitness) {
        let folder = self.directory.path().join(name);
        let witness = Witness::open(&folder, Some(name), vec![self.log_key()]).unwrap();
        let key = witness.key().clone();
        let serving = serve(witness, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let listed = listed(&key, &format!("http://{}", serving.address()));
        (serving, listed)
    }

    async fn platform(&self, witnesses: Vec<ListedWitness>, change: impl FnOnce(&mut Config)) -> Running {
        Running::in_directory(self.directory.clone(), |config| {
            config.witnesses = witnesses;
            config.checkpoint_every = Duration::from_millis(50);
            change(config);
        })
        .await
    }
}

fn listed(key: &WitnessKey, url: &str) -> ListedWitness {
    format!("{key} {url}").parse().unwrap()
}

/// Something that answers `add-checkpoint` as it likes.
async fn answering<F>(answer: impl Fn(AddCheckpoint) -> F + Clone + Send + Sync + 'static) -> String
where
    F: Future<Output = axum::response::Response> + Send + 'static,
{
    let handler = post(move |body: Bytes| {
        let answer = answer.clone();
        async move { answer(AddCheckpoint::parse(&body).unwrap()).await }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/add-checkpoint", handler)).await });
    format!("http://{address}")
}

fn conflict(size: u64) -> axum::response::Response {
    (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
}

/// How the witnesses stand, once that is so.
async fn standing(running: &Running, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let ready = running.anonymous().until("/readyz", |ready| so(ready["witnesses"].as_array().unwrap())).await;
    ready["witnesses"].as_array().unwrap().clone()
}

/// What is wrong with each.
fn kinds(all: &[Value]) -> Vec<Option<String>> {
    all.iter().map(|one| one["trouble"]["kind"].as_str().map(str::to_owned)).collect()
}

/// Who cosigned the checkpoint that covers everything up to now.
async fn cosigned_now(log: &Log, known: &[&WitnessKey], wanted: usize) -> BTreeSet<String> {
    let size = log.commit_heads().await.unwrap();
    for _ in 0..600 {
        for published in log.checkpoints_after(size - 1, 100).await.unwrap() {
            let signed: SignedCheckpoint = published.note.parse().unwrap();
            let found = cosignatures(&signed, known.iter().copied()).unwrap();
            if found.len() >= wanted {
                return found.into_iter().map(|(key, _)| key.name().to_owned()).collect();
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no checkpoint of size {size} or more was cosigned by {wanted}")
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn witnesses_cosign_what_is_signed_and_an_export_carries_it() {
    let place = Place::new();
    let (one, listed_one) = place.witness("w.example/1").await;
    let (two, listed_two) = place.witness("w.example/2").await;
    let keys = [listed_one.key.clone(), listed_two.key.clone()];
    let running = place.platform(vec![listed_one, listed_two], |_| {}).await;
    running.admin().post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    let seen = cosigned_now(&running.log(), &[&keys[0], &keys[1]], 2).await;
    assert_eq!(seen, names(&["w.example/1", "w.example/2"]));
    let all = standing(&running, |all| all.iter().all(|one| one["cosigned"].as_u64() > Some(0))).await;
    assert!(all.iter().all(|one| one["trouble"].is_null()), "{all:?}");
    // The export waits for them, so that its last checkpoint meets a policy at once.
    let export = running.admin().request(reqwest::Method::GET, "/api/v1/log/export").send().await.unwrap();
    let export = export.bytes().await.unwrap();
    let policy = format!(
        "log {}\nwitness a {}\nwitness b {}\ngroup both all a b\nquorum both\n",
        place.log_key(),
        keys[0],
        keys[1]
    );
    let options = gpuaas_log::verify::Options { policy: Some(policy.parse().unwrap()), ..Default::default() };
    let report = gpuaas_log::verify::verify(&mut std::io::Cursor::new(export), &options, &mut |_| {}).unwrap();
    assert_eq!(report.policy.unwrap().seen.len(), 2);
    running.stop().await;
    one.end().await;
    two.end().await;
}

#[tokio::test]
async fn a_witness_that_is_down_slow_or_lies_is_noticed_and_the_others_go_on() {
    let place = Place::new();
    let (good, listed_good) = place.witness("w.example/good").await;
    let key = |name: &str, seed| Cosigner::from_seed(name, &[seed; 32]).unwrap();
    let (down, slow, liar, other) =
        (key("w.example/down", 1), key("w.example/slow", 2), key("w.example/liar", 3), key("w.example/other", 4));
    let slow_at = answering(|_| async { std::future::pending().await }).await;
    // One whose cosignature is of another tree, and one with another key than it is listed with.
    let lies = liar.clone();
    let liar_at = answering(move |request| {
        let mut checkpoint = request.signed.checkpoint().clone();
        checkpoint.size += 1;
        let line = lies.cosign(&checkpoint, 1_700_000_000);
        async move { format!("{line}\n").into_response() }
    })
    .await;
    let stranger = key("w.example/other", 5);
    let other_at = answering(move |request| {
        let line = stranger.cosign(request.signed.checkpoint(), 1_700_000_000);
        async move { format!("{line}\n").into_response() }
    })
    .await;
    let good_key = listed_good.key.clone();
    let witnesses = vec![
        listed(down.key(), "http://127.0.0.1:9"),
        listed(slow.key(), &slow_at),
        listed(liar.key(), &liar_at),
        listed(other.key(), &other_at),
        listed_good,
    ];
    let brief = |config: &mut Config| config.limits.witness = Duration::from_millis(300);
    let running = place.platform(witnesses, brief).await;
    let log = running.log();
    for slug in ["acme", "evil", "idle"] {
        running.admin().post("/api/v1/orgs", json!({"slug": slug, "display_name": slug})).await.expect(201);
        let known = [&good_key, down.key(), slow.key(), liar.key(), other.key()];
        assert_eq!(cosigned_now(&log, &known, 1).await, names(&["w.example/good"]));
    }
    let expected = [Some("down"), Some("slow"), Some("lies"), Some("lies"), None].map(|kind| kind.map(str::to_owned));
    standing(&running, |all| kinds(all) == expected).await;
    let metrics = running.anonymous().request(reqwest::Method::GET, "/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for (witness, outcome) in [
        ("w.example/down", "down"),
        ("w.example/slow", "slow"),
        ("w.example/liar", "lies"),
        ("w.example/other", "lies"),
        ("w.example/good", "cosigned"),
    ] {
        let line = format!("gpuaas_witness_requests_total{{witness=\"{witness}\",outcome=\"{outcome}\"}}");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    running.stop().await;
    good.end().await;
}

#[tokio::test]
async fn a_neighbour_is_not_asked_unless_the_operator_lists_its_address() {
    let place = Place::new();
    let (serving, listed_good) = place.witness("w.example/good").await;
    let port = serving.address().port();
    // A name of this machine, with TLS: where it leads shows when it is resolved.
    let hidden = listed(&listed_good.key, &format!("https://localhost:{port}"));
    let running = place.platform(vec![hidden], |_| {}).await;
    running.log().commit_heads().await.unwrap();
    let all = standing(&running, |all| !all[0]["trouble"].is_null()).await;
    assert_eq!(all[0]["trouble"]["kind"], "down");
    assert!(all[0]["trouble"]["why"].as_str().unwrap().contains("private"), "{all:?}");
    running.stop().await;
    serving.end().await;
}

#[tokio::test]
async fn a_witness_whose_answer_was_lost_goes_on_from_what_it_recorded() {
    let place = Place::new();
    let folder = place.directory.path().join("witness");
    let witness = Arc::new(Witness::open(&folder, Some("w.example/1"), vec![place.log_key()]).unwrap());
    let key = witness.key().clone();
    // Every second cosignature is lost after the record was written.
    let asked = Arc::new(AtomicU64::new(0));
    let (counted, cosigns) = (asked.clone(), witness.clone());
    let address = answering(move |request| {
        let outcome = cosigns.add_checkpoint(request.to_body().as_bytes(), 1_700_000_000);
        let number = if outcome.is_ok() { counted.fetch_add(1, Ordering::SeqCst) } else { 0 };
        async move {
            match outcome {
                Ok(_) if number % 2 == 0 => StatusCode::BAD_GATEWAY.into_response(),
                Ok(line) => format!("{line}\n").into_response(),
                Err(gpuaas_log::witness::Refusal::Conflict(size)) => conflict(size),
                Err(refusal) => panic!("{refusal}"),
            }
        }
    })
    .await;
    let running = place.platform(vec![listed(&key, &address)], |_| {}).await;
    running.admin().post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    assert_eq!(cosigned_now(&running.log(), &[&key], 1).await, names(&["w.example/1"]));
    assert!(asked.load(Ordering::SeqCst) > 1);
    running.stop().await;
}

#[tokio::test]
async fn a_platform_whose_log_is_not_the_one_that_was_witnessed_is_told() {
    let place = Place::new();
    let cosigner = Cosigner::from_seed("w.example/ahead", &[1; 32]).unwrap();
    let ahead = answering(|_| async { conflict(1_000_000) }).await;
    let forked = Cosigner::from_seed("w.example/forked", &[2; 32]).unwrap();
    let elsewhere = answering(|request| async move {
        if request.old == 0 { conflict(1) } else { StatusCode::UNPROCESSABLE_ENTITY.into_response() }
    })
    .await;
    let unsteady = Cosigner::from_seed("w.example/unsteady", &[3; 32]).unwrap();
    let never = answering(|request| async move { conflict((request.old + 1) % 2) }).await;
    // By an earlier text of the specification another tree of the same size is a conflict.
    let early = Cosigner::from_seed("w.example/early", &[4; 32]).unwrap();
    let same = answering(|request| async move { conflict(request.signed.checkpoint().size) }).await;
    let witnesses = vec![
        listed(cosigner.key(), &ahead),
        listed(forked.key(), &elsewhere),
        listed(unsteady.key(), &never),
        listed(early.key(), &same),
    ];
    let running = place.platform(witnesses, |_| {}).await;
    running.log().commit_heads().await.unwrap();
    let expected = ["disagrees", "disagrees", "lies", "disagrees"].map(|kind| Some(kind.to_owned()));
    standing(&running, |all| kinds(all) == expected).await;
    running.stop().await;
}

#[tokio::test]
async fn a_size_that_a_witness_only_claims_is_not_held_against_it() {
    let place = Place::new();
    let folder = place.directory.path().join("witness");
    let witness = Arc::new(Witness::open(&folder, Some("w.example/1"), vec![place.log_key()]).unwrap());
    let key = witness.key().clone();
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    let address = answering(move |request| {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let outcome = witness.add_checkpoint(request.to_body().as_bytes(), 1_700_000_000);
        async move {
            match outcome {
                _ if is_first => conflict(1 << 50),
                Ok(line) => format!("{line}\n").into_response(),
                Err(gpuaas_log::witness::Refusal::Conflict(size)) => conflict(size),
                Err(refusal) => panic!("{refusal}"),
            }
        }
    })
    .await;
    let running = place.platform(vec![listed(&key, &address)], |_| {}).await;
    assert_eq!(cosigned_now(&running.log(), &[&key], 1).await, names(&["w.example/1"]));
    assert!(asked.load(Ordering::SeqCst) > 1);
    running.stop().await;
}

/// Signs what is asked for, and keeps what a witness says of it some time later, as another
/// server of the platform does.
async fn signed_elsewhere(place: &Place, log: &Log, cosigner: &Cosigner) -> [AbortHandle; 2] {
    let keys = gpuaas_api::keystore::KeyStore::open(&place.directory.path().join("keys")).unwrap();
    let signer = Signer::from_seed(ORIGIN, keys.log_signing(1).unwrap().bytes()).unwrap();
    let file = place.directory.path().join("elsewhere");
    let checkpointer = Checkpointer::open(log.clone(), vec![signer], file).await.unwrap();
    let (mut published, log, cosigner) = (checkpointer.published(), log.clone(), cosigner.clone());
    let signs = tokio::spawn(async move { checkpointer.run(Duration::from_secs(3_600)).await });
    let cosigns = tokio::spawn(async move {
        while published.changed().await.is_ok() {
            let signed = published.borrow_and_update().clone().expect("it was published");
            tokio::time::sleep(Duration::from_millis(300)).await;
            let line = cosigner.cosign(signed.checkpoint(), 1_700_000_000);
            log.keep_cosignature(signed.checkpoint().size, cosigner.key(), &line).await.unwrap();
        }
    });
    [signs.abort_handle(), cosigns.abort_handle()]
}

#[tokio::test]
async fn a_server_that_does_not_sign_gives_away_what_is_cosigned() {
    let place = Place::new();
    let cosigner = Cosigner::from_seed("w.example/1", &[1; 32]).unwrap();
    let witnesses = vec![listed(cosigner.key(), "http://127.0.0.1:9")];
    let running = place
        .platform(witnesses, |config| {
            config.roles.remove(&Role::Checkpointer);
        })
        .await;
    let admin = running.admin();
    let [signs, cosigns] = signed_elsewhere(&place, &running.log(), &cosigner).await;
    let get = async |path: &str| admin.request(reqwest::Method::GET, path).send().await.unwrap().bytes().await.unwrap();
    let receipt = async |position: u64| {
        let receipt = get(&format!("/api/v1/log/entries/{position}/receipt")).await;
        let receipt = Receipt::parse(&receipt).unwrap();
        (receipt.checkpoint().checkpoint().size, cosignatures(receipt.checkpoint(), [cosigner.key()]).unwrap().len())
    };
    admin.post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    let position = *running.log().head().borrow();
    let (size, cosigned) = receipt(position).await;
    assert_eq!(cosigned, 1);
    // A server that asks no witness knows nothing of how they stand.
    assert_eq!(running.anonymous().get("/readyz").await.expect(200)["witnesses"], json!([]));
    admin.post("/api/v1/orgs", json!({"slug": "idle", "display_name": "Idle"})).await.expect(201);
    let policy = format!("log {}\nwitness w {}\nquorum w\n", place.log_key(), cosigner.key());
    let options = gpuaas_log::verify::Options { policy: Some(policy.parse().unwrap()), ..Default::default() };
    let mut export = std::io::Cursor::new(get("/api/v1/log/export").await);
    let report = gpuaas_log::verify::verify(&mut export, &options, &mut |_| {}).unwrap();
    assert!(report.size > size);
    // The witness says nothing more: what it has cosigned before still covers what was then.
    cosigns.abort();
    admin.post("/api/v1/orgs", json!({"slug": "late", "display_name": "Late"})).await.expect(201);
    let late = *running.log().head().borrow();
    assert_eq!(receipt(late).await.1, 0);
    assert_eq!(receipt(position).await, (report.size, 1));
    signs.abort();
    running.stop().await;
}

#[tokio::test]
async fn a_witness_answers_as_the_specification_says() {
    let place = Place::new();
    let (serving, listed_one) = place.witness("w.example/1").await;
    let signer = {
        let keys = gpuaas_api::keystore::KeyStore::open(&place.directory.path().join("keys")).unwrap();
        Signer::from_seed(ORIGIN, keys.log_signing(1).unwrap().bytes()).unwrap()
    };
    let leaf = gpuaas_log::tree::leaf_hash(b"one");
    let checkpoint =
        |origin: &str, size, root| gpuaas_log::checkpoint::Checkpoint { origin: origin.into(), size, root };
    let body = |old, checkpoint, signer: &Signer| {
        AddCheckpoint { old, proof: Vec::new(), signed: SignedCheckpoint::sign(checkpoint, &[signer]) }.to_body()
    };
    let stranger = Signer::from_seed(ORIGIN, &[1; 32]).unwrap();
    let foreign = Signer::from_seed("another.log", &[1; 32]).unwrap();
    // Nothing here uses TLS; the client wants to know by whom it would.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::new();
    let base = format!("http://{}", serving.address());
    let post = async |body: String| {
        let reply = http.post(format!("{base}/add-checkpoint")).body(body).send().await.unwrap();
        let kind = reply.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        (reply.status().as_u16(), kind, reply.text().await.unwrap())
    };
    let latest = async |hash: &str| {
        let reply = http.get(format!("{base}/{hash}/checkpoint")).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(ORIGIN));
    let good = checkpoint(ORIGIN, 1, leaf);
    assert_eq!(latest(&hash).await.0, 404);
    assert_eq!(post("nonsense".to_owned()).await.0, 400);
    assert_eq!(post("x".repeat(100_000)).await.0, 413);
    assert_eq!(post(body(0, checkpoint("another.log", 1, leaf), &foreign)).await.0, 404);
    assert_eq!(post(body(0, good.clone(), &stranger)).await.0, 403);
    assert_eq!(post(body(2, good.clone(), &signer)).await.0, 400);
    let (status, _, line) = post(body(0, good.clone(), &signer)).await;
    assert_eq!(status, 200);
    let line = line.strip_suffix('\n').unwrap().parse().unwrap();
    assert!(listed_one.key.time_of(&good, &line).is_some());
    let (status, kind, size) = post(body(0, good.clone(), &signer)).await;
    assert_eq!((status, &*kind, &*size), (409, "text/x.tlog.size", "1\n"));
    let other = checkpoint(ORIGIN, 1, gpuaas_log::tree::leaf_hash(b"two"));
    assert_eq!(post(body(1, other, &signer)).await.0, 422);
    let (status, shown) = latest(&hash).await;
    let shown: SignedCheckpoint = shown.parse().unwrap();
    assert_eq!((status, shown.checkpoint()), (200, &good));
    assert!(shown.is_signed_by(signer.verifier()));
    assert_eq!(cosignatures(&shown, [&listed_one.key]).unwrap().len(), 1);
    serving.end().await;
}
