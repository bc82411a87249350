//! A real log in which an organization used things and was billed.

use std::collections::BTreeMap;
use std::sync::Arc;

use ed25519_dalek::{Signer as _, SigningKey};
use gpuaas_domain::attestation::{self, Statement};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey, Signature};
use gpuaas_domain::id::{
    AllocationId, InstanceId, InvoiceId, NodeId, OrganizationId, PriceBookId, ProjectId, SkuId, TypedId, UsageEventId,
    UsageUnitId,
};
use gpuaas_domain::interval::{Interval, IntervalSet};
use gpuaas_domain::invoice::{self, Books, Document, Issued};
use gpuaas_domain::label::Label;
use gpuaas_domain::ledger::{self, Ledger, NumberedUsage};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::price_book::{self, Item, PriceBook};
use gpuaas_domain::rating::{self, Usage};
use gpuaas_domain::sku::Shape;
use gpuaas_domain::usage::{self, Meter, Subject};
use gpuaas_domain::{
    Aggregate, AnyEvent, EventSet, Fields, Kind, Timestamp, allocation, node, organization, usage_event,
};
use gpuaas_log::Log;
use gpuaas_log::append::{Actor, Append, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::appender::{AppenderOptions, Genesis};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use gpuaas_log::store::{SqliteLog, SqliteOptions};
use gpuaas_log::tree::{Frontier, leaf_hash};
use uuid::Uuid;

/// An hour, in microseconds.
pub(super) const HOUR: u64 = 3_600_000_000;
const ORIGIN: &str = "example.org/log";

/// Ids that are told apart by their number.
fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
}

pub(super) fn organization() -> OrganizationId {
    id(1)
}

pub(super) fn hours(from: u64, until: u64) -> Interval {
    Interval::new(Timestamp(from * HOUR), Timestamp(until * HOUR))
}

/// A price book that is in no log.
pub(super) fn dearer() -> PriceBook {
    let (currency, now) = ("EUR".parse().unwrap(), Timestamp(0));
    let create = price_book::Command::Create { name: "list".into(), currency };
    let (item, price, effective_from) = (Item::Sku(id(5)), "2.6".to_owned(), Some(now));
    let set = price_book::Command::SetPrice { item, currency, price, effective_from, now };
    [create, set].into_iter().fold(PriceBook::default(), |book, command| {
        let events = book.decide(command).unwrap();
        book.evolve_all(&events)
    })
}

/// The node's key.
pub(super) fn node_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// The key that signs the log's checkpoints.
pub(super) fn key() -> String {
    signer().verifier().to_string()
}

/// The log and what the programs would know of it.
pub(super) struct World {
    directory: tempfile::TempDir,
    log: Log,
    versions: BTreeMap<(&'static str, Uuid), u64>,
    usage: usage::Usage,
    attested: Vec<Interval>,
    prices: PriceBook,
    ledger: Ledger,
    /// Usage that is not rated yet.
    waiting: Vec<NumberedUsage>,
    /// Position of the allocation's usage, by version.
    metered: Vec<u64>,
    books: Books,
}

impl World {
    /// An organization with an open account and prices.
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap());
        let genesis = Genesis {
            origin: ORIGIN.into(),
            log_id: Uuid::from_u128(77),
            keys: vec![signer().verifier().clone()],
            declarations: gpuaas_commands::declarations::all(),
        };
        let log = Log::create(store, &genesis, AppenderOptions::default()).await.unwrap();
        let mut world = Self {
            directory,
            log,
            versions: BTreeMap::new(),
            usage: usage::Usage::default(),
            attested: Vec::new(),
            prices: PriceBook::default(),
            ledger: Ledger::default(),
            waiting: Vec::new(),
            metered: Vec::new(),
            books: Books::default(),
        };
        let names = organization::Created { slug: "acme".into(), display_name: "Acme".into() };
        world.append::<organization::Organization>(organization(), &[names.into()], None).await;
        world.set_prices().await;
        world.place().await;
        let opened =
            ledger::Opened { organization: organization(), price_book: id(2), currency: "EUR".parse().unwrap() };
        world.keep_ledger(ledger::Command::Open(opened)).await;
        world
    }

    /// A node that enrolled, and the allocation on it for the first day.
    async fn place(&mut self) {
        let public_key = PublicKey(node_key().verifying_key().to_bytes());
        let registered = node::Registered { name: Text::new("one").unwrap(), simulated: true };
        let enrolled = node::Enrolled { public_key, enrollment: id(9) };
        self.append_for::<node::Node>(None, id::<NodeId>(7), &[registered.into(), enrolled.into()], None).await;
        let requested = allocation::Requested {
            organization: organization(),
            project: id(3),
            display_name: "Notebooks".into(),
            sku: id(5),
            shape: Shape { architecture: Architecture::Amd64, cpu_cores: 2, memory_gib: 4, gpu: None },
            wait_until: None,
            unplaced: Vec::new(),
            unplaced_nodes: 0,
        };
        let placed = allocation::Placed { at: Timestamp(0), node: id(7), slots: Vec::new(), gpus: Vec::new() };
        let events = [requested.into(), placed.into()];
        self.append::<allocation::Allocation>(id::<AllocationId>(4), &events, None).await;
    }

    async fn set_prices(&mut self) {
        let currency = "EUR".parse().unwrap();
        self.price(price_book::Command::Create { name: "list".into(), currency }).await;
        let (sku, unit) = (Item::Sku(id(5)), Item::Unit(id(6)));
        for (item, price, from) in [(sku, "2.5", 0), (sku, "1.000000025", 2), (unit, "0.0015", 0)] {
            let (price, effective_from) = (price.to_owned(), Some(Timestamp(from * HOUR)));
            let now = Timestamp(0);
            self.price(price_book::Command::SetPrice { item, currency, price, effective_from, now }).await;
        }
    }

    async fn price(&mut self, command: price_book::Command) {
        let events = self.prices.decide(command).unwrap();
        self.prices = self.prices.clone().evolve_all(&events);
        self.append_for::<PriceBook>(None, id::<PriceBookId>(2), &events, None).await;
    }

    /// The node attests that something ran.
    pub(super) async fn attest(&mut self, interval: Interval) {
        self.attest_with(&node_key(), interval, |bytes| bytes).await;
    }

    /// The same with any key, over bytes that may be others than those to be signed.
    pub(super) async fn attest_with(&mut self, key: &SigningKey, interval: Interval, signed: fn(Vec<u8>) -> Vec<u8>) {
        let statement = Statement {
            allocation: id(4),
            boot_id: Text::new("boot").unwrap(),
            chain: ChainPoint { sequence: 1, previous: Digest([0; 32]) },
            container: Text::new("container").unwrap(),
            container_started_at: Timestamp(0),
            generation: 1,
            instance: id::<InstanceId>(8),
            intervals: vec![interval],
            node: id::<NodeId>(7),
        };
        let signature = Signature(key.sign(&signed(statement.signed_bytes())).to_bytes());
        let public_key = PublicKey(key.verifying_key().to_bytes());
        let recorded = attestation::Recorded { organization: organization(), statement, public_key, signature };
        self.attested.push(interval);
        self.append::<attestation::Attestation>(id::<AllocationId>(4), &[recorded.into()], None).await;
    }

    /// Closes the allocation's time up to a moment.
    pub(super) async fn meter(&mut self, until: u64) {
        let subject = Subject {
            allocation: id(4),
            organization: organization(),
            project: id::<ProjectId>(3),
            sku: id::<SkuId>(5),
            units: 2,
        };
        let meter = Meter {
            subject,
            active: IntervalSet::from(hours(0, 24)),
            attested: self.attested.iter().copied().collect(),
            attestations: self.attested.len() as u64,
            until: Timestamp(until * HOUR),
        };
        let events = self.usage.decide(usage::Command::Meter(meter)).unwrap();
        self.usage = std::mem::take(&mut self.usage).evolve_all(&events);
        let first = self.append::<usage::Usage>(id::<AllocationId>(4), &events, None).await;
        for (position, event) in (first..).zip(events) {
            self.metered.push(position);
            let (usage, corrects) = match event {
                usage::Event::Metered(metered) => (Usage::Metered(metered), None),
                usage::Event::Corrected(corrected) => {
                    let corrects = self.metered[corrected.corrects as usize - 1];
                    (Usage::Corrected(corrected), Some(corrects))
                }
            };
            self.waiting.push(NumberedUsage { position, corrects, usage });
        }
    }

    /// A product reports usage.
    pub(super) async fn report(&mut self, number: u128, quantity: &str, service: Interval) {
        let label = |text: &str| Label::new("label", text).unwrap();
        let recorded = usage_event::Recorded {
            organization: organization(),
            project: id::<ProjectId>(3),
            unit: id::<UsageUnitId>(6),
            product: Label::new("product", "token_factory").unwrap(),
            source: Label::new("source", "token_factory.gateway").unwrap(),
            source_event: label("usage-evt-123"),
            resource_type: Label::new("resource_type", "model_request").unwrap(),
            resource: label("req-789"),
            quantity: quantity.parse().unwrap(),
            service,
            idempotency_key: label("req-789-token_output"),
            request: Some(label("req-789")),
            metadata: BTreeMap::from([(Label::new("key", "model_id").unwrap(), label("llama-70b"))]),
        };
        let event = usage_event::Event::from(recorded.clone());
        let position = self.append::<usage_event::UsageEvent>(id::<UsageEventId>(number), &[event], None).await;
        self.waiting.push(NumberedUsage { position, corrects: None, usage: Usage::Reported(recorded) });
    }

    /// Rates what waits.
    pub(super) async fn rate(&mut self) {
        self.rate_by(self.prices.clone()).await;
    }

    /// Rates what waits by a price book that need not be the one in the log.
    pub(super) async fn rate_by(&mut self, book: PriceBook) {
        let usage = std::mem::take(&mut self.waiting);
        let book = book.require_active().unwrap();
        let prices = rating::prices_for(usage.iter().map(|numbered| &numbered.usage), book, "EUR".parse().unwrap());
        let mut root = Frontier::new();
        for numbered in &usage {
            let entry = self.log.entry(numbered.position).await.unwrap().unwrap();
            root.push_hash(leaf_hash(&entry.hash().0));
        }
        let root = Digest(root.root().0);
        self.keep_ledger(ledger::Command::Post { usage, prices, root }).await;
    }

    /// Computes the invoice of a period by itself, as nobody issued it.
    pub(super) fn preview(&self, period: Interval) -> Document {
        let details = self.ledger.require_open().unwrap();
        let terms = invoice::Terms {
            organization: organization(),
            currency: details.currency,
            period,
            through: details.rated_through,
            late_from: period.from,
            late_after: 0,
        };
        invoice::compute(&terms, &self.books).unwrap()
    }

    /// Issues the next invoice.
    pub(super) async fn issue(&mut self, number: u128, period: Interval) -> Document {
        let terms = self.ledger.require_open().unwrap().terms(period).unwrap();
        let document = invoice::compute(&terms, &self.books).unwrap();
        let (bytes, total) = (document.canonical(), document.total);
        let lines = (document.lines.len() + document.late_lines.len()) as u64;
        let issued = Issued { terms, lines, total, document: Digest(Hash::of_blob(&bytes).0) };
        let blob = Some(bytes.into());
        self.append::<invoice::Invoice>(id::<InvoiceId>(number), &[issued.into()], blob).await;
        self.keep_ledger(ledger::Command::Invoice { invoice: id(number), period, total }).await;
        document
    }

    async fn keep_ledger(&mut self, command: ledger::Command) {
        let events = self.ledger.decide(command).unwrap();
        self.ledger = std::mem::take(&mut self.ledger).evolve_all(&events);
        self.append::<Ledger>(organization(), &events, None).await;
    }

    async fn append<A: Aggregate>(&mut self, id: A::Id, events: &[A::Event], blob: Option<Arc<[u8]>>) -> u64 {
        self.append_for::<A>(Some(organization().uuid()), id, events, blob).await
    }

    /// Appends events; gives the position of the first.
    async fn append_for<A: Aggregate>(
        &mut self,
        owner: Option<Uuid>,
        id: A::Id,
        events: &[A::Event],
        blob: Option<Arc<[u8]>>,
    ) -> u64 {
        let version = self.versions.entry((A::KIND, id.uuid())).or_default();
        let new = |event: &A::Event| NewEvent {
            event: event.name().into(),
            schema: event.schema(),
            payload: NewPayload::Inline(payload::encode(&Fields(event)).unwrap()),
        };
        let stream = StreamAppend {
            stream: StreamId::new(A::KIND, id.uuid()),
            owner,
            expected: *version,
            events: events.iter().map(new).collect(),
        };
        *version += events.len() as u64;
        let append = Append {
            command_id: Uuid::from_bytes(rand::random()),
            metadata: metadata(),
            streams: vec![stream],
            guards: Vec::new(),
            claims: Vec::new(),
            blobs: blob.into_iter().collect(),
        };
        let first = *self.log.append(append).await.unwrap().positions.start();
        for (position, event) in (first..).zip(events) {
            let bytes = payload::encode(&Fields(event)).unwrap();
            let kind = Kind::parse(A::KIND).unwrap();
            let mut fields = payload::deserializer(&bytes);
            self.books
                .enter(position, &AnyEvent::deserialize(kind, event.name(), event.schema(), &mut fields).unwrap());
        }
        first
    }

    /// The whole log and the organization's own, as files.
    pub(super) async fn exports(&self) -> Vec<std::path::PathBuf> {
        let kept = self.directory.path().join("checkpoint");
        let checkpointer = Checkpointer::adopt(self.log.clone(), vec![signer()], kept).await.unwrap();
        checkpointer.checkpoint().await.unwrap();
        let whole = self.log.export_whole(Vec::new()).await.unwrap();
        let own = self.log.export_owner(organization().uuid(), Vec::new()).await.unwrap();
        let files = [("whole", whole), ("own", own)].map(|(name, bytes)| {
            let file = self.directory.path().join(name);
            std::fs::write(&file, bytes).unwrap();
            file
        });
        files.to_vec()
    }
}

fn metadata() -> Metadata {
    Metadata {
        command: "test.write".into(),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: [1; 16],
        cause: Cause::None,
    }
}
