//! What is billed of a workload whose agent was away: the container that ran on through the
//! absence is charged for it; for the one that was removed behind the agent's back the time
//! is `unknown`, shown and not charged. Whoever has the export comes to the same bytes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gpuaas_domain::id::{AllocationId, TypedId as _};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::{AnyEvent, Kind, Timestamp, attestation};
use gpuaas_log::append::StreamId;
use gpuaas_log::payload;
use gpuaas_relay::moment;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::engine::{containers, docker};
use super::world::{World, last};
use super::{image, manifest};
use crate::outsider::python;

/// How long the agent is away.
const AWAY: Duration = Duration::from_secs(3);
/// The price of an hour in billionths of the currency: the world's SKU costs 2.5.
const PRICE: i128 = 2_500_000_000;
/// What the price times microseconds is divided by for millionths.
const PER: i128 = 3_600_000_000_000;

fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ran_on_without_its_agent_is_charged_and_what_was_removed_meanwhile_is_unknown() {
    let (mut world, image) = (World::with_process().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let begun = now();
    let allocation = world.allocate().await;
    let instance = world.launch(World::wish("web", &allocation)).await;
    world.until(&instance, "running").await;
    attested_beyond(&world, &allocation, now()).await;

    let ran_on = away(&mut world, async || ()).await;
    attested_beyond(&world, &allocation, ran_on.until).await;
    let container = containers("instance", last(&instance)).await.remove(0);
    let removed = away(&mut world, async || drop(docker(&["rm", "--force", &container]).await)).await;
    world.until(&instance, "failed").await;

    let path = format!("{}/allocations/{allocation}", world.project);
    world.client.delete(&path).await.expect(202);
    world.client.until(&path, |shown| shown["status"] == "released").await;
    let organization = organization(&world).await;
    let unknown = unknown(&world, &organization).await;
    assert!(unknown.iter().all(|time| time.intersection(ran_on).is_none()), "{unknown:?} but it ran in {ran_on:?}");
    let covers = |time: &&Interval| time.from <= removed.from && removed.until <= time.until;
    assert_eq!(unknown.iter().filter(covers).count(), 1, "{unknown:?} but it was gone in {removed:?}");

    let bill = Bill::issue(&world, &organization, Interval::new(begun, now())).await;
    bill.charges_what_was_attested(ran_on, &unknown);
    bill.is_rebuilt_from_exports(&world).await;
}

/// Kills the agent, does something to the container behind its back, and starts it again
/// after a while. When it was away.
async fn away(world: &mut World, meanwhile: impl AsyncFnOnce()) -> Interval {
    world.kill_process().await;
    let left = now();
    meanwhile().await;
    tokio::time::sleep(AWAY).await;
    let back = now();
    world.start_process();
    Interval::new(left, back)
}

/// Waits until a moment of an allocation is attested.
async fn attested_beyond(world: &World, allocation: &str, moment: Timestamp) {
    let id: AllocationId = allocation.parse().unwrap();
    let stream = StreamId::new("attestation", id.uuid());
    for _ in 0..400 {
        let entries = world.platform.log().read_stream(&stream, 0, 100_000).await.unwrap();
        let reached = entries.last().map(|stored| {
            let entry = stored.entry().unwrap();
            let mut fields = payload::deserializer(stored.payload().unwrap().unwrap());
            let event = AnyEvent::deserialize(Kind::Attestation, entry.event, entry.schema, &mut fields).unwrap();
            let AnyEvent::Attestation(attestation::Event::Recorded(recorded)) = event else { panic!("{event:?}") };
            recorded.statement.until()
        });
        if reached.is_some_and(|reached| reached >= moment) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody attests what runs on {allocation}");
}

async fn organization(world: &World) -> String {
    let project = world.client.get(&world.project).await.expect(200);
    format!("/api/v1/orgs/{}", project["organization_id"].as_str().unwrap())
}

/// The unknown time of the only allocation, once all is closed and rated.
async fn unknown(world: &World, organization: &str) -> Vec<Interval> {
    let metered = |page: &Value| !page["items"].as_array().unwrap().is_empty();
    let page = world.client.until(&format!("{organization}/usage"), metered).await;
    // The account is opened with the first usage that is rated.
    let ledger = format!("{organization}/ledger");
    while !world.client.get(&ledger).await.status.is_success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.client.until(&ledger, |ledger| ledger["rated_through"] != 0).await;
    let read = |time: &Value| moment::parse(time.as_str().unwrap()).unwrap();
    let unknown = page["items"][0]["unknown"].as_array().unwrap().iter();
    unknown.map(|time| Interval::new(read(&time["from"]), read(&time["to"]))).collect()
}

/// An issued invoice.
struct Bill {
    organization: String,
    period: Interval,
    document: Vec<u8>,
}

impl Bill {
    async fn issue(world: &World, organization: &str, period: Interval) -> Self {
        let body = json!({"from": moment::print(period.from), "to": moment::print(period.until)});
        let issued = world.client.post(&format!("{organization}/invoices"), body).await.expect(201);
        let path = format!("{organization}/invoices/{}/document", issued["id"].as_str().unwrap());
        let document = sent(world, &path).await;
        Self { organization: last(organization).to_owned(), period, document }
    }

    /// The sum of the measures, and of the amounts, of lines with a basis.
    fn sums(&self, basis: &str) -> (i128, i128) {
        let document: Value = serde_json::from_slice(&self.document).unwrap();
        let lines = document["lines"].as_array().unwrap().iter().filter(|line| line["basis"] == basis);
        let number = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();
        lines.fold((0, 0), |(measure, amount), line| {
            (measure + number(&line["measure"]), amount + number(&line["amount"]))
        })
    }

    fn charges_what_was_attested(&self, ran_on: Interval, unknown: &[Interval]) {
        let (measure, amount) = self.sums("attested");
        assert!(measure >= i128::from(ran_on.micros()), "{measure} microseconds, but it ran in {ran_on:?}");
        let exact = PRICE * measure;
        assert!((exact - amount * PER).abs() * 2 <= PER, "{amount} for {measure} microseconds");
        let shown: u64 = unknown.iter().map(|time| time.micros()).sum();
        assert_eq!(self.sums("unknown"), (i128::from(shown), 0));
    }

    /// Somebody else's program makes the same bytes of the log, and of the organization's part.
    async fn is_rebuilt_from_exports(&self, world: &World) {
        let folder = TempDir::new().unwrap();
        let own = format!("/api/v1/orgs/{}/log/export", self.organization);
        for (name, path) in [("whole", "/api/v1/log/export"), ("own", &own)] {
            let file: PathBuf = folder.path().join(name);
            std::fs::write(&file, sent(world, path).await).unwrap();
            assert_eq!(self.rebuilt(&file), String::from_utf8(self.document.clone()).unwrap(), "{name}");
        }
    }

    fn rebuilt(&self, export: &Path) -> String {
        let (from, until) = (self.period.from.0.to_string(), self.period.until.0.to_string());
        let options = ["--org", &self.organization, "--from", &from, "--to", &until];
        let output = python::run("reconstruct.py", [export.to_str().unwrap()].into_iter().chain(options));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains("it is the one that was issued"), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The bytes of an answer.
async fn sent(world: &World, path: &str) -> Vec<u8> {
    let reply = world.client.request(Method::GET, path).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 200, "{path}");
    reply.bytes().await.unwrap().to_vec()
}
