//! A subscriber: events in their order, none twice, none missing.

use std::collections::VecDeque;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, Context, Message};
use futures::StreamExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::message::Arrived;
use super::place::{Place, Verdict};
use super::refill;
use crate::client::Client;

/// The stream of public events.
const EVENTS: &str = "EVENTS";
/// How long NATS may say nothing at all before the subscription counts as broken.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long a request for messages stands.
const PULL: Duration = Duration::from_secs(30);
/// After so long without an event, the server is asked whether there are any.
const SILENCE: Duration = Duration::from_secs(30);
/// The same right after a subscription was made, and while there is none.
const AT_FIRST: Duration = Duration::from_secs(1);

/// Why there is no next event. Asking again may help, but for a contradiction.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server did not answer, or refused.
    #[error(transparent)]
    Api(#[from] crate::Error),
    /// An event that was given is not the one that the log has: NATS brought a forged one.
    /// Whatever was done with it has to be undone.
    #[error("event {0} of the organization is another one in the log than NATS brought")]
    Contradiction(u64),
}

/// How an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// NATS brought it.
    Nats,
    /// The server was asked for it.
    Server,
}

/// An event that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Place among the organization's entries. Begin after it the next time.
    pub owner_sequence: u64,
    /// The entry's hash in hex, where NATS brought it: the organization's export has it, too.
    pub hash: Option<String>,
    /// The public event.
    pub event: Value,
    /// How it came.
    pub source: Source,
}

/// A subscriber of an organization's events.
pub struct Subscriber {
    context: Context,
    client: Client,
    organization: String,
    place: Place,
    /// The last sequence of the stream that was seen.
    sequence: u64,
    messages: Option<pull::Stream>,
    ready: VecDeque<Seen>,
    check_at: Instant,
}

impl Subscriber {
    /// Connects to NATS (`nats://HOST:PORT`, as nobody in particular) and follows as
    /// [`Subscriber::new`] does. A NATS that is away is no error: it is tried again and again.
    pub async fn connect(
        nats: &str,
        client: Client,
        organization: impl Into<String>,
        after: u64,
    ) -> Result<Self, async_nats::ConnectError> {
        let nats = async_nats::ConnectOptions::new().retry_on_initial_connect().connect(nats).await?;
        Ok(Self::new(nats, client, organization, after))
    }

    /// Follows the events of an organization (`org_…`) after the one with this owner sequence;
    /// 0: from the first on. The client's token must be allowed to read them.
    #[must_use]
    pub fn new(nats: async_nats::Client, client: Client, organization: impl Into<String>, after: u64) -> Self {
        Self {
            context: jetstream::new(nats),
            client,
            organization: organization.into(),
            place: Place::after(after),
            sequence: 0,
            messages: None,
            ready: VecDeque::new(),
            check_at: Instant::now() + AT_FIRST,
        }
    }

    /// The owner sequence of the last event that was given or is ready to be.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.place.last
    }

    /// Waits for the next event. While NATS is away, the server is asked.
    pub async fn next(&mut self) -> Result<Seen, Error> {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Ok(seen);
            }
            if self.messages.is_none() {
                self.messages = self.subscribe().await;
                self.check_at = self.check_at.min(Instant::now() + AT_FIRST);
            }
            let check_at = self.check_at;
            let message = match &mut self.messages {
                Some(messages) => tokio::time::timeout_at(check_at, messages.next()).await,
                None => {
                    tokio::time::sleep_until(check_at).await;
                    self.check(None).await?;
                    continue;
                }
            };
            match message {
                Ok(Some(Ok(message))) => self.arrived(&message).await?,
                // Whatever it was, a new subscription finds out.
                Ok(Some(Err(_)) | None) => self.messages = None,
                Err(_) => self.check(None).await?,
            }
        }
    }

    /// Subscribes from where the stream was seen last; from its beginning if it is another
    /// stream by now. What was taken before is passed over by its owner sequence.
    async fn subscribe(&self) -> Option<pull::Stream> {
        let stream = self.context.get_stream(EVENTS).await.ok()?;
        let goes_on = self.sequence > 0 && self.sequence <= stream.cached_info().state.last_sequence;
        let start_sequence = if goes_on { self.sequence + 1 } else { 1 };
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
            ack_policy: AckPolicy::None,
            filter_subject: format!("gpuaas.{}.*.*", self.organization),
            inactive_threshold: PULL * 2,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer = stream.create_consumer(config).await.ok()?;
        consumer.stream().heartbeat(HEARTBEAT).expires(PULL).messages().await.ok()
    }

    /// Deals with a message.
    async fn arrived(&mut self, message: &Message) -> Result<(), Error> {
        let Ok(info) = message.info() else { return Ok(()) };
        self.sequence = info.stream_sequence;
        self.check_at = Instant::now() + SILENCE;
        let Some(arrived) = Arrived::read(message.headers.as_ref(), &message.payload) else {
            // Foreign or damaged: if an event was meant, the server has it.
            return self.check(None).await;
        };
        match self.place.judge(&arrived) {
            Verdict::Known => {}
            Verdict::Next => self.take(arrived),
            Verdict::Gap => {
                self.check(Some(arrived.owner_sequence - 1)).await?;
                match self.place.judge(&arrived) {
                    Verdict::Next => self.take(arrived),
                    Verdict::Known | Verdict::Gap | Verdict::Contradiction => {}
                }
            }
            Verdict::Contradiction => self.check(None).await?,
        }
        Ok(())
    }

    fn take(&mut self, arrived: Arrived) {
        self.place.take(&arrived);
        let Arrived { owner_sequence, hash, event, .. } = arrived;
        self.ready.push_back(Seen { owner_sequence, hash: Some(hash), event, source: Source::Nats });
    }

    /// Asks the server for what follows, and whether the last event is the one that was taken.
    async fn check(&mut self, until: Option<u64>) -> Result<(), Error> {
        self.check_at = Instant::now() + if self.messages.is_some() { SILENCE } else { AT_FIRST };
        let last = self.place.last;
        let after = if self.place.is_known() { last - 1 } else { last };
        for (owner_sequence, event) in refill::events(&self.client, &self.organization, after, until).await? {
            if owner_sequence == last && !self.place.is(&event) {
                return Err(Error::Contradiction(last));
            }
            if owner_sequence > last {
                self.place.take_told(owner_sequence, &event);
                self.ready.push_back(Seen { owner_sequence, hash: None, event, source: Source::Server });
            }
        }
        Ok(())
    }
}
