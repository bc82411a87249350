//! From what ran to what is billed, with the policies running.

use std::collections::BTreeMap;
use std::time::Duration;

use gpuaas_commands::Refusal;
use gpuaas_commands::handlers::invoice::{IssueInvoice, issued, preview};
use gpuaas_commands::handlers::ledger::OpenAccount;
use gpuaas_commands::handlers::price_book::{CreatePriceBook, STANDARD, SetPrice};
use gpuaas_commands::handlers::usage::RecordUsage;
use gpuaas_commands::handlers::usage_unit::{RegisterUsageUnit, RetireUsageUnit};
use gpuaas_commands::policies::{Metering, Pace, Rating};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::Statement;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, Signature};
use gpuaas_domain::id::{AllocationId, InstanceId, PriceBookId, TypedId, UsageUnitId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::invoice::Document;
use gpuaas_domain::ledger::{Account, Ledger};
use gpuaas_domain::node_protocol::report::{ReportItem, SignedStatement};
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::price_book::Item;
use gpuaas_domain::rating::Basis;
use gpuaas_domain::usage::Usage;
use gpuaas_domain::usage_unit::Dimension;
use gpuaas_domain::{Code, Timestamp};
use uuid::Uuid;

use crate::fleet::{Fleet, TestNode, run};

/// A millisecond.
const MS: u64 = 1_000;

/// A fleet where money is watched.
async fn fleet() -> Fleet {
    let fleet = Fleet::start(true).await;
    run(&fleet.platform.engine, &fleet.cursors, Metering::default());
    run(&fleet.platform.engine, &fleet.cursors, Rating);
    fleet
}

async fn price_book(fleet: &Fleet) -> PriceBookId {
    let create = CreatePriceBook { name: STANDARD.into(), currency: "EUR".parse().unwrap() };
    fleet.platform.engine.execute(&fleet.platform.admin, &create).await.unwrap().id
}

fn price(id: PriceBookId, item: Item, price: &str) -> SetPrice {
    SetPrice { id, item, currency: None, price: price.into(), effective_from: None }
}

async fn unit(fleet: &Fleet) -> UsageUnitId {
    let register = RegisterUsageUnit {
        name: "token_output".into(),
        product: "token_factory".into(),
        description: "An output token".into(),
        dimension: Dimension::Count,
    };
    fleet.platform.engine.execute(&fleet.platform.admin, &register).await.unwrap().id
}

fn usage(fleet: &Fleet, key: &str, quantity: &str) -> RecordUsage {
    RecordUsage {
        usage_event_id: "usage-evt-123".into(),
        usage_source: "token_factory.gateway".into(),
        usage_unit: "token_output".into(),
        product_id: "token_factory".into(),
        organization: fleet.organization,
        project: fleet.project,
        resource_type: "model_request".into(),
        resource_id: "req-789".into(),
        quantity: quantity.into(),
        bill_from: Timestamp(1_000),
        bill_to: Timestamp(2_000),
        idempotency_key: key.into(),
        request_id: Some("req-789".into()),
        metadata: BTreeMap::from([("model_id".into(), "llama-70b".into())]),
    }
}

async fn attest(fleet: &Fleet, node: &mut TestNode, allocation: AllocationId, interval: Interval) {
    let statement = Statement {
        allocation,
        boot_id: Text::new("boot").unwrap(),
        chain: ChainPoint { sequence: 1, previous: Digest([0; 32]) },
        container: Text::new("container").unwrap(),
        container_started_at: interval.from,
        generation: 1,
        instance: InstanceId::from_uuid(Uuid::from_u128(5)),
        intervals: vec![interval],
        node: node.id,
    };
    let signed = SignedStatement { statement, signature: Signature([2; 64]) };
    node.report(&fleet.platform, vec![ReportItem::Attestation(Box::new(signed))]).await;
}

/// Waits until so many entries of usage were rated.
async fn rated(fleet: &Fleet, count: usize) -> gpuaas_domain::ledger::Details {
    for _ in 0..500 {
        let events = fleet.platform.events_after(0).await;
        if events.iter().filter(|event| *event == "ledger.posted").count() == count {
            let (ledger, _) = fleet.platform.engine.state::<Ledger>(fleet.organization).await.unwrap();
            return ledger.require_open().unwrap().clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", fleet.platform.events_after(0).await);
}

async fn invoice(fleet: &Fleet, from: u64, until: u64) -> Result<Document, Refusal> {
    let period = Interval::new(Timestamp(from), Timestamp(until));
    let (engine, organization) = (&fleet.platform.engine, fleet.organization);
    let alone = preview(engine, organization, period).await;
    let answer = engine.execute(&fleet.platform.admin, &IssueInvoice { organization, period }).await?;
    let bytes = String::from_utf8(issued(engine, answer.id).await?.to_vec()).unwrap();
    assert!(bytes.contains(&format!("\"from\":{from},")));
    Ok(alone.unwrap())
}

fn measure(document: &Document, basis: Basis) -> i128 {
    document.lines.iter().filter(|line| line.basis == basis).map(|line| line.measure).sum()
}

#[tokio::test]
async fn what_a_node_attested_is_charged_and_the_rest_is_unknown() {
    let fleet = fleet().await;
    let book = price_book(&fleet).await;
    let engine = &fleet.platform.engine;
    engine.execute(&fleet.platform.admin, &price(book, Item::Sku(fleet.sku), "3600")).await.unwrap();
    let mut node = fleet.node("one", 1).await;
    let allocation = fleet.allocate().await;
    fleet.until_word(allocation, "active").await;
    let begin = engine.state::<Allocation>(allocation).await.unwrap().0.placed().unwrap().at.0;
    attest(&fleet, &mut node, allocation, Interval::new(Timestamp(begin), Timestamp(begin + 30 * MS))).await;
    tokio::time::sleep(Duration::from_millis(120)).await;
    engine.execute(&fleet.platform.admin, &fleet.release(allocation)).await.unwrap();
    let Allocation::Released { at, .. } = engine.state::<Allocation>(allocation).await.unwrap().0 else {
        panic!("it is released");
    };
    let account = rated(&fleet, 1).await;
    // 3600 an hour is one millionth a microsecond.
    assert_eq!(account.balances[&Account::Accrued].0, 30_000);
    let bill = invoice(&fleet, begin - 1, at.0).await.unwrap();
    assert_eq!(measure(&bill, Basis::Attested), 30_000);
    assert_eq!(measure(&bill, Basis::Unknown), i128::from(at.0 - begin - 30 * MS));
    assert_eq!(bill.total.0, 30_000);

    // What the node says late is billed by the next invoice, and keeps its time.
    attest(&fleet, &mut node, allocation, Interval::new(Timestamp(begin + 50 * MS), Timestamp(begin + 60 * MS))).await;
    rated(&fleet, 2).await;
    let period = Interval::new(at, Timestamp(at.0 + 1));
    let next = IssueInvoice { organization: fleet.organization, period };
    let next = engine.execute(&fleet.platform.admin, &next).await.unwrap().id;
    let bytes = String::from_utf8(issued(engine, next).await.unwrap().to_vec()).unwrap();
    assert!(bytes.contains(r#""lines":[]"#) && bytes.contains(r#""total":"10000""#), "{bytes}");
    assert!(bytes.contains(&format!(r#""from":{}"#, begin + 50 * MS)), "{bytes}");
}

#[tokio::test]
async fn what_nobody_attests_is_unknown_while_the_allocation_is_held() {
    let fleet = Fleet::start(true).await;
    let (engine, metering) = (&fleet.platform.engine, Metering::default());
    let pace = Pace { period: Duration::from_millis(40), grace: Duration::from_millis(10) };
    let mut clock = metering.clock(engine.clone(), pace);
    run(engine, &fleet.cursors, metering);
    run(engine, &fleet.cursors, Rating);
    let book = price_book(&fleet).await;
    engine.execute(&fleet.platform.admin, &price(book, Item::Sku(fleet.sku), "3600")).await.unwrap();
    let mut node = fleet.node("one", 1).await;
    let allocation = fleet.allocate().await;
    fleet.until_word(allocation, "active").await;
    let begin = engine.state::<Allocation>(allocation).await.unwrap().0.placed().unwrap().at;
    tokio::time::sleep(Duration::from_millis(120)).await;
    clock.once().await.unwrap();
    let Usage::Metered { until, open, .. } = engine.state::<Usage>(allocation).await.unwrap().0 else {
        panic!("nothing is closed");
    };
    assert!(until.0 % (40 * MS) == 0 && until.0 >= begin.0 + 40 * MS, "{begin:?} to {until:?}");
    assert_eq!(open[0].unknown.as_slice(), [Interval::new(begin, until)]);
    rated(&fleet, 1).await;
    let bill = invoice(&fleet, begin.0, until.0).await.unwrap();
    assert_eq!((measure(&bill, Basis::Unknown), bill.total.0), (i128::from(until.0 - begin.0), 0));

    // A server that starts anew closes nothing twice.
    let mut other = Metering::default().clock(engine.clone(), Pace { grace: Duration::from_secs(3_600), ..pace });
    let before = fleet.platform.head();
    other.once().await.unwrap();
    assert_eq!(fleet.platform.head(), before);

    attest(&fleet, &mut node, allocation, Interval::new(begin, Timestamp(begin.0 + 20 * MS))).await;
    let account = rated(&fleet, 2).await;
    assert_eq!(account.balances[&Account::Accrued].0, 20_000, "what comes late is charged after all");
}

#[tokio::test]
async fn reported_usage_is_recorded_once_and_rated() {
    let fleet = fleet().await;
    let engine = &fleet.platform.engine;
    let unit = unit(&fleet).await;
    let first = engine.execute(&fleet.platform.admin, &usage(&fleet, "k", "2048")).await.unwrap();
    let again = engine.execute(&fleet.platform.admin, &usage(&fleet, "k", "2048")).await.unwrap();
    assert_eq!((again.id, again.version, again.positions), (first.id, 1, None));
    // Without a price book, money waits.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(engine.state::<Ledger>(fleet.organization).await.unwrap().0, Ledger::Absent);
    let book = price_book(&fleet).await;
    engine.execute(&fleet.platform.admin, &price(book, Item::Unit(unit), "0.5")).await.unwrap();
    rated(&fleet, 1).await;
    engine.execute(&fleet.platform.admin, &usage(&fleet, "l", "1")).await.unwrap();
    rated(&fleet, 2).await;
    let bill = invoice(&fleet, 0, 5_000).await.unwrap();
    assert_eq!(measure(&bill, Basis::Unpriced), 2_049_000_000, "it was used before there was a price");
}

#[tokio::test]
async fn bad_usage_is_refused_by_code_and_leaves_the_log_as_it_was() {
    let fleet = fleet().await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    let unknown = engine.execute(admin, &usage(&fleet, "k", "1")).await.unwrap_err();
    assert_eq!(unknown.code, Code::UsageUnitUnknown);
    let unit = unit(&fleet).await;
    engine.execute(admin, &usage(&fleet, "k", "1")).await.unwrap();
    let other = fleet.platform.organization("other").await;
    let before = fleet.platform.head();
    let future = Timestamp(u64::MAX >> 12);
    let good = || usage(&fleet, "l", "1");
    let bad = [
        (usage(&fleet, "k", "2"), Code::UsageEventConflict),
        (usage(&fleet, "l", "-1"), Code::InvalidField),
        (usage(&fleet, "l", "1e3"), Code::InvalidField),
        (RecordUsage { bill_to: future, ..good() }, Code::UsageInFuture),
        (RecordUsage { bill_to: Timestamp(1), ..good() }, Code::InvalidField),
        (RecordUsage { product_id: "other".into(), ..good() }, Code::UsageUnitOfAnotherProduct),
        (RecordUsage { resource_id: "Ada Lovelace".into(), ..good() }, Code::InvalidField),
        (RecordUsage { organization: other, ..good() }, Code::NotFound),
    ];
    for (command, code) in bad {
        assert_eq!(engine.execute(admin, &command).await.unwrap_err().code, code, "{command:?}");
    }
    engine.execute(admin, &RetireUsageUnit { id: unit }).await.unwrap();
    assert_eq!(engine.execute(admin, &good()).await.unwrap_err().code, Code::UsageUnitRetired);
    assert_eq!(fleet.platform.events_after(before).await, ["usage_unit.retired"]);
}

#[tokio::test]
async fn bad_prices_are_refused_by_code() {
    let fleet = fleet().await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    let book = price_book(&fleet).await;
    let sku = Item::Sku(fleet.sku);
    engine.execute(admin, &price(book, sku, "2.5")).await.unwrap();
    let later = Some(Timestamp(u64::MAX >> 12));
    engine.execute(admin, &SetPrice { effective_from: later, ..price(book, sku, "3") }).await.unwrap();
    let before = fleet.platform.head();
    let unknown = Item::Unit(UsageUnitId::from_uuid(Uuid::from_u128(1)));
    let bad = [
        (price(book, sku, "-2.5"), Code::PriceNegative),
        (price(book, sku, "2.5"), Code::PriceOverlaps),
        (price(book, sku, "two"), Code::InvalidField),
        (price(book, unknown, "1"), Code::UsageUnitUnknown),
        (
            SetPrice {
                currency: Some("USD".parse().unwrap()),
                effective_from: Some(Timestamp(1)),
                ..price(book, sku, "1")
            },
            Code::PriceInPast,
        ),
    ];
    for (command, code) in bad {
        assert_eq!(engine.execute(admin, &command).await.unwrap_err().code, code, "{command:?}");
    }
    assert_eq!(fleet.platform.head(), before);
}

#[tokio::test]
async fn bad_invoices_are_refused_by_code() {
    let fleet = fleet().await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    assert_eq!(invoice(&fleet, 0, 10).await.unwrap_err().code, Code::AccountNotOpen);
    let open = OpenAccount { organization: fleet.organization, price_book: price_book(&fleet).await, currency: None };
    engine.execute(admin, &open).await.unwrap();
    invoice(&fleet, 10, 20).await.unwrap();
    let before = fleet.platform.head();
    for (from, until, code) in
        [(19, 30, Code::InvoiceOverlaps), (21, 30, Code::InvoiceGap), (20, u64::MAX >> 12, Code::InvoiceInFuture)]
    {
        assert_eq!(invoice(&fleet, from, until).await.unwrap_err().code, code);
    }
    assert_eq!(fleet.platform.head(), before);
    let (_, nobody) = fleet.platform.person("nobody").await;
    let period = Interval::new(Timestamp(20), Timestamp(30));
    let command = IssueInvoice { organization: fleet.organization, period };
    assert_eq!(engine.execute(&nobody, &command).await.unwrap_err().code, Code::NotFound);
}
