//! A real receiver: an HTTP server that keeps what it is sent and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::harness::check_announced;

/// What a receiver answers.
#[derive(Debug, Clone)]
pub(super) enum Say {
    Status(u16),
    Redirect(String),
    /// Nothing, for as long as anybody waits.
    Nothing,
}

/// What a receiver was sent.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// A receiver on loopback.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    got: mpsc::UnboundedReceiver<Got>,
    answers: Arc<Mutex<(VecDeque<Say>, Say)>>,
}

#[derive(Clone)]
struct Shared {
    got: mpsc::UnboundedSender<Got>,
    answers: Arc<Mutex<(VecDeque<Say>, Say)>>,
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, got) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new((VecDeque::new(), Say::Status(204))));
        let shared = Shared { got: sender, answers: answers.clone() };
        let router = Router::new().fallback(take).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, got, answers }
    }

    /// As the operator lists it.
    pub(super) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers so, and then as usual.
    pub(super) fn say(&self, answers: impl IntoIterator<Item = Say>) {
        self.answers.lock().unwrap().0.extend(answers);
    }

    /// Answers so from now on.
    pub(super) fn usually(&self, answer: Say) {
        self.answers.lock().unwrap().1 = answer;
    }

    /// What it is sent next, which is as the document of the events says.
    pub(super) async fn next(&mut self) -> Got {
        let got = tokio::time::timeout(Duration::from_secs(30), self.got.recv()).await.expect("nothing came").unwrap();
        let headers = got.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
        check_announced("webhookDeliveries", &got.event(), &Value::Object(headers.collect()), &got.json());
        got
    }

    /// Whether there is nothing that it was sent.
    pub(super) fn has_nothing(&mut self) -> bool {
        self.got.try_recv().is_err()
    }

    /// Passes over what it is sent until it is this event.
    pub(super) async fn until(&mut self, event: &str) -> Got {
        loop {
            let got = self.next().await;
            if got.event() == event {
                return got;
            }
        }
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let answer = {
        let mut answers = shared.answers.lock().unwrap();
        let usual = answers.1.clone();
        answers.0.pop_front().unwrap_or(usual)
    };
    shared.got.send(Got { headers, body }).unwrap();
    match answer {
        Say::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Say::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Say::Nothing => std::future::pending().await,
    }
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn event(&self) -> String {
        self.json()["event"].as_str().unwrap().to_owned()
    }

    pub(super) fn sequence(&self) -> u64 {
        self.json()["owner_sequence"].as_u64().unwrap()
    }

    /// Whether the library of Standard Webhooks accepts it under a secret.
    pub(super) fn verifies(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        webhook.verify(self.body.as_bytes(), &self.headers).is_ok()
    }
}
