//! Following a stream of server-sent events, across broken connections: a new one goes on
//! after the last event that was given.

mod frames;

use std::collections::VecDeque;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Request, Response};

use crate::client::Client;
use crate::error::Error;

pub use frames::Event;
use frames::Frames;

/// The header by which a stream is resumed.
const LAST_EVENT_ID: &str = "last-event-id";
/// A stream on which nothing comes for so long, not even a comment, is broken.
const SILENCE: Duration = Duration::from_secs(45);
/// The first wait before a new connection, unless the server says another.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before a new connection.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// What a server sends last when it ends a stream; whoever connects again is told why.
const END: &str = "end";
/// New connections that may fail one after another: about a minute.
const RECONNECTIONS: u32 = 16;

/// A stream of events. It has no end of its own: [`Events::next`] gives the next event,
/// or why there can be none.
#[derive(Debug)]
pub struct Events {
    client: Client,
    /// What is sent for each connection, or why it cannot be.
    request: Result<Request, String>,
    last: Option<String>,
    open: Option<(Response, Frames)>,
    ready: VecDeque<Event>,
    /// Whether there ever was a connection: before that, failing is failing.
    began: bool,
    /// Connections that failed since something came.
    failed: u32,
    wait: Duration,
}

impl Events {
    pub(crate) fn new(client: Client, request: Result<Request, String>) -> Self {
        let request = request.map(|mut request| {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
            request
        });
        Self {
            client,
            request,
            last: None,
            open: None,
            ready: VecDeque::new(),
            began: false,
            failed: 0,
            wait: FIRST_WAIT,
        }
    }

    /// Begins after the event with this id, and not with what comes from now on.
    #[must_use]
    pub fn after(self, id: impl Into<String>) -> Self {
        Self { last: Some(id.into()), ..self }
    }

    /// The id of the last event that was given, to resume after it another time.
    #[must_use]
    pub fn last_id(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Waits for the next event. Broken connections are made anew; an error is final.
    pub async fn next(&mut self) -> Result<Event, Error> {
        loop {
            match self.ready.pop_front() {
                Some(end) if end.event == END => self.open = None,
                Some(event) => {
                    self.last.clone_from(&event.id);
                    return Ok(event);
                }
                None => {}
            }
            match self.open.take() {
                Some((response, frames)) => self.receive(response, frames).await?,
                None => self.connect().await?,
            }
        }
    }

    /// Takes what comes on the open connection; forgets the connection if it broke.
    async fn receive(&mut self, mut response: Response, mut frames: Frames) -> Result<(), Error> {
        let Ok(Ok(Some(bytes))) = tokio::time::timeout(SILENCE, response.chunk()).await else { return Ok(()) };
        let events = frames.push(&bytes);
        self.ready.extend(events.map_err(|_| self.client.foreign("an event that is longer than any".to_owned()))?);
        if self.ready.is_empty() {
            // An id without an event says where the stream begins.
            self.last = frames.last_id().map(str::to_owned).or(self.last.take());
        }
        self.wait = frames.retry().unwrap_or(FIRST_WAIT);
        self.failed = 0;
        self.open = Some((response, frames));
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), Error> {
        if self.began {
            tokio::time::sleep(self.wait).await;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
        match self.client.open_stream(self.request()?).await {
            Ok(response) => {
                self.began = true;
                self.open = Some((response, Frames::default()));
                Ok(())
            }
            Err(error) if self.may_retry(&error) => {
                self.failed += 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn request(&self) -> Result<Request, Error> {
        let request = self.request.as_ref().map_err(|reason| self.client.foreign(reason.clone()))?;
        let mut request = request.try_clone().expect("a request without a body can be sent again");
        if let Some(last) = &self.last {
            let value = HeaderValue::from_str(last);
            let value = value.map_err(|_| self.client.foreign("an event id that fits no header".to_owned()))?;
            request.headers_mut().insert(LAST_EVENT_ID, value);
        }
        Ok(request)
    }

    fn may_retry(&self, error: &Error) -> bool {
        let passing = match error {
            Error::Refused { problem, .. } => problem.retryable,
            Error::Unreachable { .. } => true,
            Error::Foreign { .. } | Error::DryRun(_) | Error::Past | Error::Token => false,
        };
        passing && self.began && self.failed < RECONNECTIONS
    }
}
