//! How far each webhook has come, and what was given up.
//!
//! Not authority: the events are in the log, and whoever loses a place sends again. Several
//! servers may send: a row is held by one of them for a while, and only its holder moves it.

use std::collections::BTreeMap;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{TypedId as _, WebhookId};
use uuid::Uuid;

use crate::store::{ReadError, ReadStore, Row, Statement};

const COLUMNS: &str = "webhook, cursor, replays, attempts, next_at, suspect, failure, delivered_at, version";
const LETTER: &str = "webhook, sequence, event, attempts, failure, failed_at, due";

/// How far a webhook has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Owner sequence of the last event that is done with.
    pub cursor: u64,
    /// Replays of the webhook that were begun.
    pub replays: u64,
    /// Failed attempts at the next event.
    pub attempts: u64,
    /// When the next attempt is due.
    pub next_at: Timestamp,
    /// Whether an event was given up since something was last delivered.
    pub suspect: bool,
    /// What the last failed attempt came to; empty after a delivery.
    pub failure: String,
    /// When something was last delivered; 0: never.
    pub delivered_at: Timestamp,
    /// The webhook's version when the next attempt was put off.
    pub version: u64,
}

/// An event that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The webhook.
    pub webhook: WebhookId,
    /// The event's owner sequence.
    pub sequence: u64,
    /// Its type.
    pub event: String,
    /// How often it was tried.
    pub attempts: u64,
    /// What the last attempt came to.
    pub failure: String,
    /// When that was.
    pub failed_at: Timestamp,
    /// From when on it is to be sent once more; 0: it is not.
    pub due: Timestamp,
}

/// The places of webhooks, and their dead letters.
#[derive(Clone)]
pub struct Deliveries {
    store: ReadStore,
}

impl Deliveries {
    /// Those in a database.
    #[must_use]
    pub fn new(store: ReadStore) -> Self {
        Self { store }
    }

    /// How far these have come, as far as they have begun.
    pub async fn of(&self, webhooks: &[WebhookId]) -> Result<BTreeMap<WebhookId, Place>, ReadError> {
        let mut places = BTreeMap::new();
        for chunk in webhooks.chunks(256) {
            let mut select = Statement::new("SELECT ");
            select.push(COLUMNS).push(" FROM read_webhooks WHERE webhook IN ");
            select.bind_list(chunk.iter().map(|webhook| webhook.uuid()));
            for row in self.store.rows(select).await? {
                places.insert(WebhookId::from_uuid(row.get(0)?), place(&row)?);
            }
        }
        Ok(places)
    }

    /// Lets a webhook begin after an event, unless it has begun.
    pub async fn begin(&self, webhook: WebhookId, cursor: u64) -> Result<(), ReadError> {
        let begin = Statement::new(
            "INSERT INTO read_webhooks (webhook, cursor, replays, attempts, next_at, suspect, failure, delivered_at, \
             held_until) VALUES (?, ?, 0, 0, 0, 0, '', 0, 0) ON CONFLICT DO NOTHING",
        );
        self.store.execute(begin.value(webhook.uuid()).value(cursor)).await.map(drop)
    }

    /// Holds a webhook for a server, unless another one does. Says where it stands; `None`:
    /// another server holds it, or it has not begun.
    pub async fn hold(
        &self,
        webhook: WebhookId,
        server: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Place>, ReadError> {
        let mut transaction = self.store.begin().await?;
        let hold = Statement::new(
            "UPDATE read_webhooks SET holder = ?, held_until = ? WHERE webhook = ? AND (holder = ? OR held_until <= ?)",
        );
        let hold = hold.value(server).value(until.0).value(webhook.uuid()).value(server).value(now.0);
        if transaction.execute(hold).await? == 0 {
            return Ok(None);
        }
        let mut select = Statement::new("SELECT ");
        select.push(COLUMNS).push(" FROM read_webhooks WHERE webhook = ").bind(webhook.uuid());
        let row = transaction.rows(select).await?.into_iter().next();
        let found = row.map(|row| place(&row)).transpose()?;
        transaction.commit().await?;
        Ok(found)
    }

    /// Moves a webhook that a server holds. `false`: it holds it no more, and nothing moved.
    pub async fn save(&self, webhook: WebhookId, server: Uuid, place: &Place) -> Result<bool, ReadError> {
        Ok(self.store.execute(moved(webhook, server, place)).await? == 1)
    }

    /// Moves a webhook past an event that is given up, which becomes a dead letter with it.
    pub async fn give_up(&self, server: Uuid, place: &Place, letter: &DeadLetter) -> Result<bool, ReadError> {
        let mut transaction = self.store.begin().await?;
        if transaction.execute(moved(letter.webhook, server, place)).await? == 0 {
            return Ok(false);
        }
        let mut keep = Statement::new("INSERT INTO read_dead_letters (");
        keep.push(LETTER).push(") VALUES ").bind_row([
            letter.webhook.uuid().into(),
            letter.sequence.into(),
            letter.event.as_str().into(),
            letter.attempts.into(),
            letter.failure.as_str().into(),
            letter.failed_at.0.into(),
            letter.due.0.into(),
        ]);
        keep.push(
            " ON CONFLICT (webhook, sequence) DO UPDATE SET attempts = excluded.attempts, \
             failure = excluded.failure, failed_at = excluded.failed_at, due = excluded.due",
        );
        transaction.execute(keep).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The dead letters of a webhook after an owner sequence, in order.
    pub async fn dead_letters(&self, webhook: WebhookId, after: u64, most: u32) -> Result<Vec<DeadLetter>, ReadError> {
        let mut select = Statement::new("SELECT ");
        select.push(LETTER).push(" FROM read_dead_letters WHERE webhook = ").bind(webhook.uuid());
        select.push(" AND sequence > ").bind(after).push(" ORDER BY sequence LIMIT ").bind(most);
        self.store.rows(select).await?.iter().map(letter).collect()
    }

    /// Lets a dead letter be sent once more, from a time on. `false`: there is none.
    pub async fn request(&self, webhook: WebhookId, sequence: u64, from: Timestamp) -> Result<bool, ReadError> {
        let request = Statement::new("UPDATE read_dead_letters SET due = ? WHERE webhook = ? AND sequence = ?");
        Ok(self.store.execute(request.value(from.0).value(webhook.uuid()).value(sequence)).await? == 1)
    }

    /// Takes dead letters that are to be sent once more, those that have waited longest first.
    /// Each is given to one server alone until a time; whatever became of it must be said by
    /// then, or it is given to another one.
    pub async fn take_due(&self, most: u32, now: Timestamp, until: Timestamp) -> Result<Vec<DeadLetter>, ReadError> {
        let mut select = Statement::new("SELECT ");
        select.push(LETTER).push(" FROM read_dead_letters WHERE due > 0 AND due <= ").bind(now.0);
        select.push(" ORDER BY due, webhook, sequence LIMIT ").bind(most);
        let mut taken = Vec::new();
        for row in self.store.rows(select).await? {
            let letter = letter(&row)?;
            let take =
                Statement::new("UPDATE read_dead_letters SET due = ? WHERE webhook = ? AND sequence = ? AND due = ?");
            let take = take.value(until.0).value(letter.webhook.uuid()).value(letter.sequence).value(letter.due.0);
            if self.store.execute(take).await? == 1 {
                taken.push(DeadLetter { due: until, ..letter });
            }
        }
        Ok(taken)
    }

    /// Forgets a dead letter that was delivered after all.
    pub async fn delivered(&self, webhook: WebhookId, sequence: u64) -> Result<(), ReadError> {
        let forget = Statement::new("DELETE FROM read_dead_letters WHERE webhook = ? AND sequence = ?");
        self.store.execute(forget.value(webhook.uuid()).value(sequence)).await.map(drop)
    }

    /// Notes that a dead letter that was taken failed once more. It is not due any more,
    /// unless somebody has asked for it again meanwhile.
    pub async fn failed(&self, letter: &DeadLetter, failure: &str, at: Timestamp) -> Result<(), ReadError> {
        let note = Statement::new(
            "UPDATE read_dead_letters SET attempts = attempts + 1, failure = ?, failed_at = ?, \
             due = CASE WHEN due = ? THEN 0 ELSE due END WHERE webhook = ? AND sequence = ?",
        );
        let note = note.value(failure).value(at.0).value(letter.due.0);
        let note = note.value(letter.webhook.uuid()).value(letter.sequence);
        self.store.execute(note).await.map(drop)
    }

    /// Forgets a webhook, and all that it has given up.
    pub async fn forget(&self, webhook: WebhookId) -> Result<(), ReadError> {
        let mut transaction = self.store.begin().await?;
        for forget in ["DELETE FROM read_webhooks WHERE webhook = ?", "DELETE FROM read_dead_letters WHERE webhook = ?"]
        {
            transaction.execute(Statement::new(forget).value(webhook.uuid())).await?;
        }
        transaction.commit().await
    }
}

fn moved(webhook: WebhookId, server: Uuid, place: &Place) -> Statement {
    let save = Statement::new(
        "UPDATE read_webhooks SET cursor = ?, replays = ?, attempts = ?, next_at = ?, suspect = ?, failure = ?, \
         delivered_at = ?, version = ? WHERE webhook = ? AND holder = ?",
    );
    let save = save.value(place.cursor).value(place.replays).value(place.attempts).value(place.next_at.0);
    let save = save.value(u64::from(place.suspect)).value(place.failure.as_str()).value(place.delivered_at.0);
    save.value(place.version).value(webhook.uuid()).value(server)
}

fn place(row: &Row) -> Result<Place, ReadError> {
    Ok(Place {
        cursor: row.number(1)?,
        replays: row.number(2)?,
        attempts: row.number(3)?,
        next_at: row.time(4)?,
        suspect: row.number(5)? == 1,
        failure: row.get(6)?,
        delivered_at: row.time(7)?,
        version: row.number(8)?,
    })
}

fn letter(row: &Row) -> Result<DeadLetter, ReadError> {
    Ok(DeadLetter {
        webhook: WebhookId::from_uuid(row.get(0)?),
        sequence: row.number(1)?,
        event: row.get(2)?,
        attempts: row.number(3)?,
        failure: row.get(4)?,
        failed_at: row.time(5)?,
        due: row.time(6)?,
    })
}
