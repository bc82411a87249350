//! Connections of this machine to endpoints of workloads, through tunnels of the API.

use std::fmt::Display;

use gpuaas_sdk::{Client, Error};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::output::{Failure, Format};

/// Most bytes of an answer that is read whole.
const MOST: usize = 1 << 20;

/// An endpoint of a workload.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The project's id.
    pub(crate) project: String,
    /// The app instance's id.
    pub(crate) instance: String,
    /// The endpoint's name.
    pub(crate) endpoint: String,
}

/// What a workload answers to one HTTP request for a path, through a tunnel of its own.
pub(crate) async fn get(
    client: &Client,
    project: &str,
    instance: &str,
    endpoint: &str,
    path: &str,
) -> Result<String, Failure> {
    let broken = |error: &dyn Display| Failure::Other(format!("the workload's {endpoint} gave no answer: {error}"));
    let tunnel = client.open_tunnel(project, instance, endpoint).await?;
    let request = Request::get(path).header(HOST, "localhost").body(Empty::<&[u8]>::new());
    let request = request.map_err(|error| broken(&error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(tunnel)).await.map_err(|error| broken(&error))?;
    // It ends with its sender; how is told to whoever waits for the answer.
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| broken(&error))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MOST).collect().await.map_err(|error| broken(&error))?;
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    if status.is_success() { Ok(body) } else { Err(broken(&format_args!("status {status}: {body}"))) }
}

/// Carries every connection to a listener through a tunnel of its own. What a tunnel is
/// refused with is said; it ends where no other tunnel can be opened either.
pub(crate) async fn serve(listener: TcpListener, client: &Client, target: &Target, format: Format) -> Failure {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((connection, _)) => drop(open.spawn(carry(connection, client.clone(), target.clone()))),
                Err(error) => return Failure::Other(format!("cannot take a connection: {error}")),
            },
            Some(ended) = open.join_next() => match ended.expect("carrying does not panic, and nobody aborts it") {
                Ok(()) => {}
                Err(error) if is_final(&error) => return error.into(),
                Err(error) => drop(Failure::from(error).say(format)),
            },
        }
    }
}

/// Copies both ways until both sides are done, or one breaks off, which is theirs to notice.
async fn carry(mut connection: TcpStream, client: Client, target: Target) -> Result<(), Error> {
    let mut tunnel = client.open_tunnel(&target.project, &target.instance, &target.endpoint).await?;
    drop(tokio::io::copy_bidirectional(&mut connection, &mut tunnel).await);
    Ok(())
}

/// Whether the token does not count, or the workload is not for it to see: that does not pass.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Refused { status, .. } => matches!(status, 401 | 403 | 404),
        Error::Unreachable { .. } | Error::Foreign { .. } | Error::DryRun(_) | Error::Past | Error::Token => false,
    }
}
