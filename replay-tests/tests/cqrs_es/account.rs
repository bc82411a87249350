//! An aggregate of an application that knows nothing of our log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, Query};
use serde::{Deserialize, Serialize};

/// An account, with money in it as applications like to have it.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct BankAccount {
    pub(super) owner: Option<String>,
    pub(super) balance: f64,
    pub(super) moves: usize,
}

pub(super) enum Command {
    Open(String),
    Deposit(f64),
    /// In so many equal parts, each an event.
    DepositInParts(f64, usize),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Event {
    AccountOpened { owner: String },
    MoneyDeposited { amount: f64 },
    NotesTaken(BTreeMap<String, serde_json::Value>),
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(&'static str);

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Self::AccountOpened { .. } => "AccountOpened",
            Self::MoneyDeposited { .. } => "MoneyDeposited",
            Self::NotesTaken(_) => "NotesTaken",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1.0.2".to_owned()
    }
}

impl Aggregate for BankAccount {
    const TYPE: &'static str = "BankAccount";
    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: Command, _: &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        match command {
            Command::Open(owner) if self.owner.is_none() => {
                sink.write(Event::AccountOpened { owner }, self).await;
            }
            Command::Open(_) => return Err(Refusal("the account is open")),
            Command::Deposit(amount) if amount > 0.0 => sink.write(Event::MoneyDeposited { amount }, self).await,
            Command::Deposit(_) => return Err(Refusal("deposit more than nothing")),
            Command::DepositInParts(amount, parts) => {
                for _ in 0..parts {
                    sink.write(Event::MoneyDeposited { amount }, self).await;
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::AccountOpened { owner } => self.owner = Some(owner),
            Event::MoneyDeposited { amount } => {
                self.balance += amount;
                self.moves += 1;
            }
            Event::NotesTaken(_) => {}
        }
    }
}

/// Another type whose name the log cannot tell from the first one's.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lookalike;

impl Aggregate for Lookalike {
    const TYPE: &'static str = "bank_account";
    type Command = ();
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        sink.write(Event::MoneyDeposited { amount: 1.0 }, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Event) {}
}

/// A type that the log has no name for.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Nameless;

impl Aggregate for Nameless {
    const TYPE: &'static str = "Größe";
    type Command = ();
    type Event = Event;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        sink.write(Event::MoneyDeposited { amount: 1.0 }, self).await;
        Ok(())
    }

    fn apply(&mut self, _: Event) {}
}

/// Everything that a query was told.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<Vec<(String, usize, Event)>>>);

impl Told {
    pub(super) fn all(&self) -> Vec<(String, usize, Event)> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Query<BankAccount> for Told {
    async fn dispatch(&self, aggregate_id: &str, events: &[EventEnvelope<BankAccount>]) {
        let told = events.iter().map(|event| (aggregate_id.to_owned(), event.sequence, event.payload.clone()));
        self.0.lock().unwrap().extend(told);
    }
}
