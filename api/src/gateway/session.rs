//! A session: the long stream of one node, from its welcome to its goodbye.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use gpuaas_commands::Refusal;
use gpuaas_domain::Code;
use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::id::{NodeId, TaskId};
use gpuaas_domain::node::Node;
use gpuaas_domain::node_protocol::stream::{Cancel, Goodbye, Ping, SILENCE_SECONDS, ServerFrame, Welcome};
use gpuaas_domain::node_protocol::task::TaskEnvelope;
use gpuaas_domain::node_task::Queued;
use gpuaas_log::hash::Hash;
use tokio::sync::mpsc;

use super::caller::Caller;
use super::lines::Line;
use super::queues::Step;
use super::settings::seconds;
use super::stream::{self, Gone, Out};
use crate::app::{App, Shared};
use crate::http::Problem;

/// Between pings: two in the silence after which an agent gives up, and one to spare.
const PING: Duration = Duration::from_secs(SILENCE_SECONDS / 3);
/// How long a node has to take its goodbye.
const PARTING: Duration = Duration::from_secs(1);

/// Opens a node's stream.
pub(super) async fn open(State(app): State<Shared>, caller: Caller) -> Result<Response, Problem> {
    let node = caller.peer.node;
    let line = app.gateway.lines.open(node);
    // A ban between the first check and the line's opening would not cut the line.
    app.engine.authenticate(&caller.context).await?;
    let (state, _) = app.engine.state::<Node>(node).await?;
    let name = state.details().map(|details| details.name.clone()).unwrap_or_default();
    let (out, response) = stream::lines();
    tokio::spawn(async move { Session { app, caller, out }.hold(line, name).await });
    Ok(response)
}

struct Session {
    app: Shared,
    caller: Caller,
    out: Out,
}

/// Why a session ends.
enum End {
    /// Nobody listens.
    Gone,
    /// For a reason that is told.
    Told(Goodbye),
}

impl From<Gone> for End {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl Session {
    async fn hold(&self, line: Line, name: Text<48>) {
        let Line { frames, mut cut } = line;
        let node = self.caller.peer.node;
        tracing::info!(%node, %name, "a node is connected");
        let end = tokio::select! {
            biased;
            code = cut.happened() => End::Told(goodbye(&Problem::of(code))),
            () = self.app.closing.cancelled() => End::Told(goodbye(&Problem::of(Code::Unavailable))),
            end = self.speak(frames, name) => end,
        };
        match end {
            End::Gone => tracing::info!(%node, "a node hung up"),
            End::Told(goodbye) => {
                tracing::info!(%node, code = %goodbye.code, "a node's stream is ended");
                // A node that does not take it learns the reason at its next request.
                let _ = tokio::time::timeout(PARTING, self.out.say(&ServerFrame::Goodbye(goodbye))).await;
            }
        }
    }

    async fn speak(&self, mut frames: mpsc::Receiver<ServerFrame>, name: Text<48>) -> End {
        match self.converse(&mut frames, name).await {
            Ok(()) => End::Gone,
            Err(end) => end,
        }
    }

    async fn converse(&self, frames: &mut mpsc::Receiver<ServerFrame>, name: Text<48>) -> Result<(), End> {
        let queues = &self.app.gateway.queues;
        self.out.say(&self.welcome(name)).await?;
        let mut changes = queues.changes(self.caller.peer.node);
        let mut pings = tokio::time::interval(PING);
        let (mut complete, mut told) = (false, 0);
        loop {
            if complete {
                told = self.tell_after(told).await?;
            }
            tokio::select! {
                () = queues.completed(), if !complete => complete = true,
                _ = changes.changed(), if complete => {}
                frame = frames.recv() => match frame {
                    Some(frame) => self.out.say(&frame).await?,
                    // The node has too many streams, and this is the oldest.
                    None => return Ok(()),
                },
                _ = pings.tick() => self.ping().await?,
                () = self.out.closed() => return Ok(()),
            }
        }
    }

    fn welcome(&self, name: Text<48>) -> ServerFrame {
        ServerFrame::Welcome(Welcome {
            node: self.caller.peer.node,
            name,
            server_time: self.app.now(),
            attestation_seconds: seconds(self.app.gateway.settings.attest_every),
        })
    }

    /// Tells everything that the node does not know yet, and says up to where it knows now.
    async fn tell_after(&self, mut told: u64) -> Result<u64, End> {
        let node = self.caller.peer.node;
        while let Some((position, step)) = self.app.gateway.queues.next(node, told) {
            let frame = match step {
                Step::Cancel(task) => ServerFrame::Cancel(Cancel { task }),
                Step::Deliver(task, queued) => {
                    let envelope = envelope(&self.app, node, task, &queued).await;
                    ServerFrame::Task(Box::new(envelope.map_err(|problem| End::Told(goodbye(&problem)))?))
                }
            };
            self.out.say(&frame).await?;
            told = position;
        }
        Ok(told)
    }

    /// Asks whether the certificate still counts: the connection may be older than it lasts.
    async fn ping(&self) -> Result<(), End> {
        match self.app.engine.authenticate(&self.caller.context).await {
            Err(refusal) if refusal.is_final() => return Err(End::Told(goodbye(&refusal.into()))),
            // A log that cannot be read says nothing about certificates.
            Ok(()) | Err(Refusal { .. }) => {}
        }
        Ok(self.out.say(&ServerFrame::Ping(Ping { server_time: self.app.now() })).await?)
    }
}

/// A task as it is delivered: its specification is the bytes that were hashed.
async fn envelope(app: &App, node: NodeId, task: TaskId, queued: &Queued) -> Result<TaskEnvelope, Problem> {
    let blob = app.engine.log().blob(Hash(queued.spec.0)).await.map_err(Problem::unavailable)?;
    let blob = blob.ok_or_else(|| Problem::internal(format_args!("the specification of {task} is not in the log")))?;
    let text = std::str::from_utf8(&blob).map_err(Problem::internal)?;
    Ok(TaskEnvelope {
        task,
        node,
        kind: Text::clipped(queued.kind.as_str()),
        generation: queued.generation,
        spec_hash: queued.spec,
        spec: Document::new(text).map_err(Problem::internal)?,
    })
}

fn goodbye(problem: &Problem) -> Goodbye {
    Goodbye { code: Text::clipped(problem.code.as_str()), message: Text::clipped(&problem.message) }
}
