//! `gpuaas hello-http`: the demo's app. It answers every HTTP request with a greeting.

use std::process::ExitCode;

use clap::Args;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::output::{self, Failure, Format};
use crate::serve::signals::Ends;

/// Where it listens in its container.
pub(super) const PORT: u16 = 8080;
/// What it says.
pub(super) const GREETING: &str = "Hello from a container that a log can prove.\n";

/// Arguments of `gpuaas hello-http`.
#[derive(Debug, Args)]
pub(crate) struct HelloHttp {}

impl HelloHttp {
    /// Answers until it is told to end.
    pub(crate) fn run(&self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let served = runtime.map_err(Failure::other).and_then(|runtime| runtime.block_on(serve()));
        output::ended(Format::default(), served)
    }
}

async fn serve() -> Result<(), Failure> {
    let mut told_to_end = Ends::listen().map_err(Failure::other)?;
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await.map_err(Failure::other)?;
    output::line(&format!("listening on {PORT}"))?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to_end.told() => return output::line("told to end"),
        };
        let (stream, _) = accepted.map_err(Failure::other)?;
        // Whoever asks and goes away concerns nobody else.
        tokio::spawn(async move { drop(answer(stream).await) });
    }
}

/// Reads a request's head, and answers it.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        GREETING.len()
    );
    write.write_all(head.as_bytes()).await?;
    write.write_all(GREETING.as_bytes()).await?;
    write.shutdown().await
}
