//! When a workload counts as ready: its container runs, and it answers as its profile asks.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};
use gpuaas_domain::node_protocol::task::Readiness;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::sight::{Found, Health};
use super::{Docker, ENGINE};
use crate::executor::{Motion, ended};
use crate::journal::Work;

/// Between two looks.
const STEP: Duration = Duration::from_millis(100);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(2);
/// How long a workload without a probe has to run.
const STEADY: Duration = Duration::from_secs(2);
/// How long a health check of the image may take to pass.
const HEALTH: Duration = Duration::from_secs(120);

impl Docker {
    /// Waits until a workload is ready. If it is not in time, or ends, says why.
    pub(super) async fn ready(&self, work: &Work) -> Result<Found, Failure> {
        let readiness = work.spec.profile.readiness.as_ref();
        let patience = readiness.map_or(HEALTH, |readiness| Duration::from_secs(readiness.timeout_seconds.into()));
        let begun = Instant::now();
        loop {
            let found = self.find(work.instance(), work.generation).await?;
            let found = match found {
                Some(found) if found.sighting.motion == Motion::Running => found,
                gone => return Err(why(work, gone.as_ref())),
            };
            if self.answers(work, &found, begun).await {
                return Ok(found);
            }
            if begun.elapsed() > patience {
                let message = format!("the workload was not ready within {} s; see its log", patience.as_secs());
                return Err(Failure::new(FailureCode::ReadinessTimeout, message));
            }
            tokio::time::sleep(STEP).await;
        }
    }

    async fn answers(&self, work: &Work, found: &Found, begun: Instant) -> bool {
        let Some(readiness) = &work.spec.profile.readiness else {
            return match found.health {
                Health::None => begun.elapsed() >= STEADY,
                Health::Healthy => true,
                Health::Starting | Health::Unhealthy => false,
            };
        };
        let port = work.spec.endpoints.iter().find(|endpoint| endpoint.name == readiness.endpoint);
        let address = port.zip(found.ip).map(|(endpoint, ip)| SocketAddr::new(ip, endpoint.port));
        match address {
            Some(address) => matches!(tokio::time::timeout(REQUEST, probe(address, readiness)).await, Ok(Some(true))),
            None => false,
        }
    }
}

/// Whether a request is answered with a status below 400; `None` if it is not answered.
async fn probe(address: SocketAddr, readiness: &Readiness) -> Option<bool> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let request = Request::get(readiness.path.as_str()).header(HOST, address.to_string());
    let response = sender.send_request(request.body(Empty::<Bytes>::new()).ok()?).await;
    connection.abort();
    response.ok().map(|response| response.status().as_u16() < 400)
}

fn why(work: &Work, found: Option<&Found>) -> Failure {
    let output = ended(ENGINE, work, found.map(|found| &found.sighting));
    output.history.failure.expect("an end has a reason")
}
