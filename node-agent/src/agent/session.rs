//! The session: holds the long stream open and does what it says.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::Code;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::stream::{ServerFrame, Welcome};

use super::Agent;
use crate::gateway::{FrameStream, GatewayError};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A ban passes when an operator lifts it, and not before.
const BANNED_PAUSE: Duration = Duration::from_secs(30);

/// Why a stream ended.
enum End {
    /// The next one uses the new certificate.
    Renewed,
    /// The server ended it, or it broke.
    Over(Option<GatewayError>),
}

impl Agent {
    /// Keeps a stream open.
    pub(super) async fn serve_forever(self: Arc<Self>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.serve(&mut pause).await {
                End::Renewed => continue,
                End::Over(error) => error,
            };
            let banned = error.as_ref().is_some_and(|error| error.is(Code::NodeBanned));
            match error {
                Some(error) => tracing::warn!(%error, "not connected; trying again"),
                None => tracing::info!("the server ended the stream; connecting anew"),
            }
            tokio::time::sleep(if banned { BANNED_PAUSE } else { pause }).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn serve(self: &Arc<Self>, pause: &mut Duration) -> End {
        let mut renewals = self.gateway.renewals();
        let mut stream = match self.gateway.stream().await {
            Ok(stream) => stream,
            Err(error) => return End::Over(Some(error)),
        };
        loop {
            tokio::select! {
                frame = next(&mut stream) => match frame {
                    Ok(Some(frame)) => {
                        *pause = FIRST_PAUSE;
                        self.handle(frame);
                    }
                    Ok(None) => return End::Over(None),
                    Err(error) => return End::Over(Some(error)),
                },
                _ = renewals.changed() => return End::Renewed,
            }
        }
    }

    fn handle(self: &Arc<Self>, frame: ServerFrame) {
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(&welcome),
            ServerFrame::Task(envelope) => self.take(*envelope),
            ServerFrame::Cancel(cancel) => self.cancel(cancel.task),
            ServerFrame::Tunnel(request) => drop(tokio::spawn(Arc::clone(self).tunnel(request))),
            ServerFrame::Logs(request) => {
                let agent = Arc::clone(self);
                tokio::spawn(async move {
                    let mut answer = agent.logs.answer(&request);
                    // One that is there and has written nothing has an empty log.
                    answer.known |= agent.work(request.instance).is_some();
                    if let Err(error) = agent.gateway.tell(path::LOGS, &answer).await {
                        tracing::warn!(%error, "log lines not delivered");
                    }
                });
            }
            ServerFrame::Ping(_) => {}
            ServerFrame::Goodbye(goodbye) => {
                tracing::warn!(code = %goodbye.code, message = %goodbye.message, "the server says goodbye");
            }
        }
    }

    fn welcome(&self, welcome: &Welcome) {
        if welcome.node != self.node {
            tracing::error!(here = %self.node, there = %welcome.node, "the server takes this agent for another node");
        }
        let every = Duration::from_secs(u64::from(welcome.attestation_seconds.max(1)));
        self.attest_every.send_if_modified(|known| std::mem::replace(known, every) != every);
        tracing::info!(name = %welcome.name, "connected");
    }
}

async fn next(stream: &mut FrameStream) -> Result<Option<ServerFrame>, GatewayError> {
    stream.next().await
}
