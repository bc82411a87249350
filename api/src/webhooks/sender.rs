//! One webhook's way through the events of its organization.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use gpuaas_commands::handlers::webhook::GiveUpWebhook;
use gpuaas_commands::{Actor, Context};
use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{TypedId as _, WebhookId};
use gpuaas_domain::webhook::{Details, DisableReason, Webhook};
use gpuaas_log::append::StreamId;
use gpuaas_projections::{DeadLetter, Deliveries, Place};
use gpuaas_relay::feed::FeedError;
use gpuaas_relay::{Ended, PublicEvent};
use uuid::Uuid;

use super::attempt::{Outcome, attempt};
use super::turns::{Turn, Turns};
use super::watched::Watched;
use super::{Settings, Trouble, schedule};
use crate::app::Shared;

/// How long a server holds a webhook: longer than any attempt takes.
const HELD: Duration = Duration::from_secs(30);
/// How long to wait while another server sends, and when something is in trouble.
const PAUSE: Duration = Duration::from_secs(1);
/// Events that may be left out before a place is moved past them.
const LEFT_OUT: u64 = 1_000;
/// Longest text of a failure.
const MOST: usize = 240;

/// What sending needs.
pub(super) struct Sending {
    pub(super) app: Shared,
    pub(super) places: Deliveries,
    pub(super) settings: Settings,
    /// This server, as a holder.
    pub(super) server: Uuid,
    /// Requests that may be under way at a time.
    pub(super) turns: Turns,
}

/// A webhook as it is at one version.
struct Session<'s> {
    sending: &'s Sending,
    webhook: WebhookId,
    details: Details,
    watched: Arc<Watched>,
    /// Where it stands; it may have been moved by another server.
    place: Place,
}

/// What a session ends with.
enum Next {
    /// Begin another one.
    Again,
    /// The same after a while: another server sends.
    Later,
    /// Nothing is sent to it any more.
    Over,
}

impl Sending {
    /// Sends to a webhook until it is disabled or deleted.
    pub(super) async fn run(self: Arc<Self>, webhook: WebhookId) {
        loop {
            match self.session(webhook).await {
                Ok(Next::Again) => {}
                Ok(Next::Later) => tokio::time::sleep(PAUSE).await,
                Ok(Next::Over) => return,
                Err(trouble) => {
                    tracing::warn!(%webhook, %trouble, "nothing can be sent to a webhook at present");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn session(&self, webhook: WebhookId) -> Result<Next, Trouble> {
        let (state, version) = self.app.engine.state::<Webhook>(webhook).await?;
        let Webhook::Active(details) = state else { return Ok(Next::Over) };
        let organization = details.organization;
        let watched = Arc::new(Watched { app: self.app.clone(), webhook, organization, version });
        let place = self.place(webhook).await?;
        let mut session = Session { sending: self, webhook, details, watched, place };
        session.run().await
    }

    /// Where a webhook stands; it begins after the event that made it.
    async fn place(&self, webhook: WebhookId) -> Result<Place, Trouble> {
        if let Some(place) = self.places.of(&[webhook]).await?.remove(&webhook) {
            return Ok(place);
        }
        let stream = StreamId::new("webhook", webhook.uuid());
        let first = self.app.engine.log().read_stream(&stream, 0, 1).await.map_err(FeedError::from)?;
        let first = first.first().ok_or_else(|| Trouble::Missing("a webhook without entries".to_owned()))?;
        let entry = first.entry().map_err(|error| Trouble::Missing(error.to_string()))?;
        self.places.begin(webhook, entry.owner_sequence).await?;
        Ok(Place { cursor: entry.owner_sequence, ..Place::default() })
    }
}

impl Session<'_> {
    async fn run(&mut self) -> Result<Next, Trouble> {
        if self.details.replays > self.place.replays && !self.replay().await? {
            return Ok(Next::Later);
        }
        if !self.wait().await {
            return Ok(Next::Again);
        }
        let app = &self.sending.app;
        let events = app.feed.subscribe(self.watched.clone(), self.place.cursor, app.recheck);
        let mut events = std::pin::pin!(events);
        let mut seen = self.place.cursor;
        while let Some(event) = events.next().await {
            let event = match event {
                Ok(event) => event,
                // Something about the webhook has changed.
                Err(Ended::Forbidden) => return Ok(Next::Again),
                Err(ended @ Ended::Failed(_)) => return Err(ended.into()),
            };
            let is_wanted = self.details.filter.lets_through(event.kind, &event.event, event.project);
            if !is_wanted {
                seen = event.owner_sequence;
            }
            // Where the next event had failed and is left out now, its attempts are no other's.
            let had_failed = self.place.attempts > 0;
            if !is_wanted && !had_failed && seen - self.place.cursor < LEFT_OUT {
                continue;
            }
            // Its turn may be long in coming, and the webhook is held for the attempt alone.
            let turn = if is_wanted { Some(self.sending.turns.take(self.details.organization).await) } else { None };
            if !self.hold().await? {
                return Ok(Next::Later);
            }
            let next = match turn {
                Some(turn) => self.send(&event, turn).await?,
                None => (!self.leave_out(seen).await?).then_some(Next::Later),
            };
            if let Some(next) = next {
                return Ok(next);
            }
        }
        Ok(Next::Again)
    }

    /// Holds the webhook for this server. `false`: another one does, or has moved it.
    async fn hold(&mut self) -> Result<bool, Trouble> {
        let Sending { app, places, server, .. } = self.sending;
        let now = app.now();
        let until = now.plus_seconds(HELD.as_secs());
        let held = places.hold(self.webhook, *server, now, until).await?;
        let unmoved = held.is_some_and(|place| place == self.place);
        Ok(unmoved && self.watched.is_unchanged().await)
    }

    /// Moves past what the filter leaves out.
    async fn leave_out(&mut self, seen: u64) -> Result<bool, Trouble> {
        let place = match self.place.attempts {
            0 => Place { cursor: seen, ..self.place.clone() },
            _ => {
                let place = Place { cursor: seen, failure: String::new(), ..self.place.clone() };
                Place { attempts: 0, next_at: Timestamp(0), ..place }
            }
        };
        self.save(place).await
    }

    async fn save(&mut self, place: Place) -> Result<bool, Trouble> {
        let saved = self.sending.places.save(self.webhook, self.sending.server, &place).await?;
        self.place = place;
        Ok(saved)
    }

    /// Goes where the last replay says.
    async fn replay(&mut self) -> Result<bool, Trouble> {
        if !self.hold().await? {
            return Ok(false);
        }
        let place = Place {
            cursor: self.details.replay_after,
            replays: self.details.replays,
            delivered_at: self.place.delivered_at,
            ..Place::default()
        };
        self.save(place).await
    }

    /// Waits until the next attempt is due. `false`: something about the webhook changed, and
    /// what it was put off for may be mended.
    async fn wait(&self) -> bool {
        if self.place.version < self.watched.version {
            return true;
        }
        loop {
            let left = self.place.next_at.0.saturating_sub(self.sending.app.now().0);
            if left == 0 {
                return true;
            }
            tokio::time::sleep(Duration::from_micros(left).min(PAUSE)).await;
            if !self.watched.is_unchanged().await {
                return false;
            }
        }
    }

    /// Sends an event to a webhook that is held. `Some`: the session ends.
    async fn send(&mut self, event: &PublicEvent, turn: Turn) -> Result<Option<Next>, Trouble> {
        let outcome = attempt(&self.sending.app, self.webhook, &self.details, event).await?;
        drop(turn);
        let now = self.sending.app.now();
        let sequence = event.owner_sequence;
        match outcome {
            Outcome::Taken => {
                let replays = self.place.replays;
                let place = Place { cursor: sequence, replays, delivered_at: now, ..Place::default() };
                Ok((!self.save(place).await?).then_some(Next::Later))
            }
            Outcome::Gone => {
                let failure = "it answers 410 Gone".to_owned();
                let place = Place { failure, attempts: 0, next_at: Timestamp(0), ..self.before(event) };
                self.give_webhook_up(place, DisableReason::Gone).await.map(Some)
            }
            Outcome::Failed { failure, retry_after } => self.failed(event, failure, retry_after, now).await.map(Some),
        }
    }

    /// The place right before an event: what was left out before it is done with.
    fn before(&self, event: &PublicEvent) -> Place {
        Place { cursor: event.owner_sequence - 1, ..self.place.clone() }
    }

    async fn failed(
        &mut self,
        event: &PublicEvent,
        mut failure: String,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) -> Result<Next, Trouble> {
        failure.truncate(failure.floor_char_boundary(MOST));
        let attempts = self.place.attempts + 1;
        let waits = &self.sending.settings.waits;
        let wait = schedule::wait(waits, self.place.suspect, attempts, retry_after, rand::random());
        if let Some(wait) = wait {
            let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
            let next_at = Timestamp(now.0.saturating_add(micros));
            let place = Place { attempts, next_at, failure, version: self.watched.version, ..self.before(event) };
            let saved = self.save(place).await?;
            return Ok(if saved { Next::Again } else { Next::Later });
        }
        if self.place.suspect {
            let place = Place { attempts: 0, next_at: Timestamp(0), suspect: false, failure, ..self.before(event) };
            return self.give_webhook_up(place, DisableReason::Failing).await;
        }
        let sequence = event.owner_sequence;
        let letter = DeadLetter {
            webhook: self.webhook,
            sequence,
            event: event.event.clone(),
            attempts,
            failure: failure.clone(),
            failed_at: now,
            due: Timestamp(0),
        };
        let after = Place { cursor: sequence, failure, suspect: true, ..self.place.clone() };
        let place = Place { attempts: 0, next_at: Timestamp(0), ..after };
        let given_up = self.sending.places.give_up(self.sending.server, &place, &letter).await?;
        Ok(if given_up { Next::Again } else { Next::Later })
    }

    /// Disables the webhook, which stays before the event that failed.
    async fn give_webhook_up(&mut self, place: Place, reason: DisableReason) -> Result<Next, Trouble> {
        if !self.save(place).await? {
            return Ok(Next::Later);
        }
        let trace = rand::random::<u128>().max(1).to_be_bytes();
        let context = Context { actor: Actor::Policy(super::supervisor::ID), ..Context::system(trace) };
        let command = GiveUpWebhook { organization: self.details.organization, id: self.webhook, reason };
        self.sending.app.engine.execute(&context, &command).await?;
        Ok(Next::Over)
    }
}
