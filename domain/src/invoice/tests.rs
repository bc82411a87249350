//! An invoice is judged by recomputing it from encoded events alone.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::TypedId;
use crate::interval::IntervalSet;
use crate::interval::tests::{set, sets, span};
use crate::ledger::tests::{numbered, open, post};
use crate::ledger::{self, Ledger, NumberedUsage};
use crate::price_book::{Item, PriceInForce};
use crate::rating::tests::{HOUR, metered, price, price_lists, reported, sku, subject, unit};
use crate::rating::{Basis, Usage};
use crate::registry::{AnyEvent, Kind};
use crate::usage::{Command as Meter, Subject};
use crate::{EventSet, Fields};

/// An organization's history: events by position, as they lie in a log.
#[derive(Debug, Default)]
struct History {
    entries: Vec<(&'static str, Vec<u8>)>,
    ledger: Ledger,
    waiting: Vec<NumberedUsage>,
}

impl History {
    fn new() -> Self {
        Self { ledger: open(), ..Self::default() }
    }

    fn append<E: EventSet>(&mut self, event: &E) -> u64 {
        self.entries.push((event.name(), rmp_serde::to_vec_named(&Fields(event)).unwrap()));
        self.entries.len() as u64
    }

    fn metered(&mut self, event: &crate::usage::Event, corrects: Option<u64>) -> u64 {
        let position = self.append(event);
        let usage = match event.clone() {
            crate::usage::Event::Metered(metered) => Usage::Metered(metered),
            crate::usage::Event::Corrected(corrected) => Usage::Corrected(corrected),
        };
        self.waiting.push(NumberedUsage { corrects, ..numbered(position, usage) });
        position
    }

    fn reported(&mut self, recorded: crate::usage_event::Recorded) {
        let position = self.append(&crate::usage_event::Event::from(recorded.clone()));
        self.waiting.push(numbered(position, Usage::Reported(recorded)));
    }

    fn rate(&mut self, prices: &[PriceInForce]) {
        let waiting = std::mem::take(&mut self.waiting);
        for event in post(&self.ledger, &waiting, prices).unwrap() {
            self.append(&event);
            self.ledger = std::mem::take(&mut self.ledger).evolve(&event);
        }
    }

    /// Reads the books from bytes.
    fn books(&self) -> Books {
        let mut books = Books::default();
        for ((name, bytes), position) in self.entries.iter().zip(1..) {
            let kind = Kind::parse(name.split_once('.').unwrap().0).unwrap();
            let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
            books.enter(position, &AnyEvent::deserialize(kind, name, 1, &mut deserializer).unwrap());
        }
        books
    }

    fn compute(&self, from: u64, until: u64) -> Document {
        let terms = self.ledger.require_open().unwrap().terms(span(from, until)).unwrap();
        compute(&terms, &self.books()).unwrap()
    }

    /// Computes and issues the next invoice.
    fn invoice(&mut self, from: u64, until: u64) -> Document {
        let document = self.compute(from, until);
        let (invoice, period) = (InvoiceId::from_uuid(Uuid::from_u128(until.into())), span(from, until));
        let command = ledger::Command::Invoice { invoice, period, total: document.total };
        for event in self.ledger.decide(command).unwrap() {
            self.append(&event);
            self.ledger = std::mem::take(&mut self.ledger).evolve(&event);
        }
        document
    }
}

fn text(document: &Document) -> String {
    String::from_utf8(document.canonical()).unwrap()
}

/// The worked example of `docs/money.md`.
fn example() -> History {
    let mut history = History::new();
    let active = set(&[(0, 3 * HOUR)]);
    let attested = set(&[(0, HOUR), (HOUR * 3 / 2, 3 * HOUR)]);
    history.metered(&metered(&active, &attested, span(0, 3 * HOUR)).into(), None);
    history.reported(reported("2048.5", HOUR, HOUR + 60_000_000));
    let prices = [
        price(sku(), "2.5", 0, 2 * HOUR),
        price(sku(), "1.00000025", 2 * HOUR, 9 * HOUR),
        price(Item::Unit(unit()), "0.0015", 0, 9 * HOUR),
    ];
    history.rate(&prices);
    history
}

#[test]
fn the_worked_example_of_the_documentation_holds() {
    let page = include_str!("../../../docs/money.md");
    let bytes = text(&example().compute(0, 3 * HOUR));
    assert!(page.contains(&bytes), "docs/money.md does not have\n{bytes}");
}

#[test]
fn unknown_time_is_visible_and_free() {
    let document = example().compute(0, 3 * HOUR);
    let unknown = document.lines.iter().find(|line| line.basis == Basis::Unknown).unwrap();
    assert_eq!((unknown.service, unknown.amount), (span(HOUR, HOUR * 3 / 2), Amount::ZERO));
    assert_eq!(unknown.measure, i128::from(HOUR));
    assert_eq!(unknown.price, None);
}

#[test]
fn a_line_names_the_entries_that_it_was_computed_from() {
    let document = example().compute(0, 3 * HOUR);
    for line in &document.lines {
        let expected = if line.basis == Basis::Reported { 2 } else { 1 };
        assert_eq!(line.usage.iter().copied().collect::<Vec<_>>(), [expected]);
        assert_eq!(line.postings.iter().copied().collect::<Vec<_>>(), [3]);
    }
}

#[test]
fn usage_that_is_not_rated_is_not_billed_silently() {
    let mut history = example();
    history.metered(&metered(&set(&[(0, 9)]), &set(&[]), span(0, 9)).into(), None);
    let mut terms = history.ledger.require_open().unwrap().terms(span(0, 9)).unwrap();
    assert!(compute(&terms, &history.books()).is_ok(), "what is not rated comes later");
    terms.through = 4;
    assert_eq!(compute(&terms, &history.books()), Err(ComputeError::NotRated(4)));
}

#[test]
fn what_is_attested_after_the_invoice_is_billed_late_and_keeps_its_time() {
    let mut history = History::new();
    let prices = [price(sku(), "2", 0, 2 * HOUR), price(sku(), "5", 2 * HOUR, 9 * HOUR)];
    let active = set(&[(0, 3 * HOUR)]);
    let mut usage = crate::usage::Usage::default();
    let mut meter = |history: &mut History, attested: &[(u64, u64)], attestations, until| {
        let (active, attested) = (active.clone(), set(attested));
        let (subject, until) = (subject(1), Timestamp(until));
        let meter = crate::usage::Meter { subject, active, attested, attestations, until };
        for event in usage.decide(Meter::Meter(meter)).unwrap() {
            let corrects = matches!(event, crate::usage::Event::Corrected(_)).then_some(1);
            history.metered(&event, corrects);
            usage = std::mem::take(&mut usage).evolve(&event);
        }
        history.rate(&prices);
    };
    meter(&mut history, &[(0, HOUR)], 1, 2 * HOUR);
    let first = history.invoice(0, 2 * HOUR);
    assert_eq!(first.total, Amount(4_000_000));
    meter(&mut history, &[(0, 2 * HOUR), (2 * HOUR, 3 * HOUR)], 2, 3 * HOUR);
    let second = history.invoice(2 * HOUR, 3 * HOUR);
    let late: Vec<_> = second.late_lines.iter().map(|line| (line.basis, line.service, line.amount.0)).collect();
    let hour = span(HOUR, 2 * HOUR);
    assert_eq!(late, [(Basis::Attested, hour, 4_000_000), (Basis::Unknown, hour, 0)]);
    assert_eq!(second.late_lines[1].measure, -2 * i128::from(HOUR));
    assert_eq!(second.total, Amount(14_000_000), "an hour at 2 late, an hour at 5, two units each");
}

#[test]
fn an_invoice_is_issued_once_and_not_before_its_end() {
    let document = example().compute(0, 3 * HOUR);
    let issued = Issued {
        terms: document.terms.clone(),
        lines: document.lines.len() as u64,
        total: document.total,
        document: Digest([1; 32]),
    };
    let issue = |issued: &Issued, now| Command::Issue { issued: issued.clone(), now: Timestamp(now) };
    assert!(matches!(Invoice::default().decide(issue(&issued, 3 * HOUR - 1)), Err(Rejection::Future)));
    let invoice = Invoice::default().evolve_all(&Invoice::default().decide(issue(&issued, 3 * HOUR)).unwrap());
    assert_eq!(invoice.decide(issue(&issued, 0)).unwrap(), []);
    let other = Issued { total: Amount(1), ..issued };
    assert!(matches!(invoice.decide(issue(&other, 9 * HOUR)), Err(Rejection::Exists)));
}

/// Measures of charged and unknown lines, by price.
fn measures<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Vec<(Basis, Option<String>, i128)> {
    let mut sums = std::collections::BTreeMap::new();
    for line in documents.into_iter().flat_map(|document| document.lines.iter().chain(&document.late_lines)) {
        *sums.entry((line.basis, line.price)).or_insert(0) += line.measure;
    }
    let left = sums.into_iter().filter(|(_, measure)| *measure != 0);
    left.map(|((basis, price), measure)| (basis, price.map(|price| price.to_string()), measure)).collect()
}

#[derive(Debug, Clone)]
enum Step {
    /// More is attested, and time is closed up to a moment.
    Meter(IntervalSet, u64),
    Report(u64),
    Invoice(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (sets(), 0..130u64).prop_map(|(attested, until)| Step::Meter(attested, until)),
        2 => (0..130u64).prop_map(Step::Report),
        2 => (1..130u64).prop_map(Step::Invoice),
    ];
    prop::collection::vec(step, 1..12)
}

proptest! {
    /// However attestations, reports and invoices follow each other: together, the invoices bill
    /// what one invoice at the end would bill, so nothing is billed twice and nothing is lost.
    #[test]
    fn no_interval_is_charged_twice(active in sets(), prices in price_lists(), steps in steps()) {
        let mut history = History::new();
        let (mut usage, mut attested) = (crate::usage::Usage::default(), IntervalSet::default());
        let mut documents = Vec::new();
        let (mut billed, mut closed, mut version) = (0, 0, 0);
        let last = [Step::Meter(IntervalSet::default(), 130), Step::Invoice(130)];
        for step in steps.into_iter().chain(last) {
            match step {
                Step::Meter(more, until) => {
                    version += 1;
                    closed = closed.max(until);
                    attested = attested.as_slice().iter().chain(more.as_slice()).copied().collect();
                    let (active, attested) = (active.clone(), attested.clone());
                    let subject: Subject = subject(1);
                    let until = Timestamp(closed);
                    let meter = crate::usage::Meter { subject, active, attested, attestations: version, until };
                    for event in usage.decide(Meter::Meter(meter)).unwrap() {
                        history.metered(&event, None);
                        usage = std::mem::take(&mut usage).evolve(&event);
                    }
                }
                Step::Report(at) => history.reported(reported("1.5", at, at + 3)),
                Step::Invoice(until) if until > billed => {
                    history.rate(&prices);
                    documents.push(history.invoice(billed, until));
                    billed = until;
                }
                Step::Invoice(_) => {}
            }
        }
        let details = history.ledger.require_open().unwrap();
        let (organization, currency, through) = (details.organization, details.currency, details.rated_through);
        let period = span(0, 130);
        let terms = Terms { organization, currency, period, through, late_from: period.from, late_after: 0 };
        let whole = compute(&terms, &history.books()).unwrap();
        prop_assert_eq!(measures(&documents), measures([&whole]));
        for document in documents.iter().chain([&whole]) {
            let lines = || document.lines.iter().chain(&document.late_lines);
            prop_assert_eq!(Amount::sum(lines().map(|line| line.amount)), Ok(document.total));
            for line in lines().filter(|line| line.price.is_none()) {
                prop_assert_eq!(line.amount, Amount::ZERO);
            }
        }
    }

    /// Computed again from encoded events, an invoice has the same bytes, whatever came after it.
    #[test]
    fn a_reconstruction_agrees_to_the_last_millionth(
        periods in prop::collection::vec((sets(), sets()), 1..5),
        prices in price_lists(),
        (from, length) in (0..100u64, 1..60u64),
    ) {
        let mut history = History::new();
        for (active, attested) in &periods {
            history.metered(&metered(active, attested, span(0, 130)).into(), None);
            history.reported(reported("0.000001", active.micros(), 130));
        }
        history.rate(&prices);
        let before = history.invoice(from, from + length);
        history.metered(&metered(&set(&[(0, 130)]), &set(&[(0, 130)]), span(0, 130)).into(), None);
        history.rate(&prices);
        let again = compute(&before.terms, &history.books()).unwrap();
        prop_assert_eq!(text(&again), text(&before));
    }
}
