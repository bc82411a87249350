//! What an idle subscriber to an organization's events costs the server in memory.
//!
//! `subscribers PROGRAM`, with the path of the `gpuaas` binary: 5,000 clients follow one
//! organization over server-sent events, each on a connection of its own. That they are
//! there is shown by something that happens, which each of them gets.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use gpuaas_benches::platform::{Running, gpuaas};
use serde_json::{Value, json};

/// How many follow.
const SUBSCRIBERS: usize = 5_000;
/// Most memory for each.
const LIMIT: u64 = 64 * 1_024;
/// How long a client waits for what it has to get.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<()> {
    let program = std::env::args().nth(1).context("usage: subscribers PROGRAM")?;
    let (program, directory) = (Path::new(&program), tempfile::tempdir()?);
    let arguments = ["--rate-limit", "0", "--local-node", "false"];
    let (running, _) = Running::start(program, directory.path(), &arguments)?;
    let organization = create(program, directory.path(), &["orgs", "create", "acme"])?;
    let token = std::fs::read_to_string(directory.path().join("admin.token"))?;
    // What the first request of its kind makes ready is not a subscriber's.
    drop(follow(&running, &organization, &token)?);
    let before = running.resident()?;
    let mut subscribers = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS {
        subscribers.push(follow(&running, &organization, &token)?);
    }
    create(program, directory.path(), &["projects", "create", "acme/vision"])?;
    for subscriber in &mut subscribers {
        until(subscriber, "event: project.created")?;
    }
    let grown = running.resident()?.saturating_sub(before).max(1);
    let each = grown / SUBSCRIBERS as u64;
    let per_mebibyte = |bytes: u64| (1 << 20) as f64 / bytes as f64;
    let (figure, limit) = (per_mebibyte(each), per_mebibyte(LIMIT));
    println!(
        "{}",
        json!({
            "figure": figure, "unit": "subscribers/MiB", "limit": limit, "ratio": figure / limit,
            "bytes_each": each, "limit_bytes_each": LIMIT, "subscribers": SUBSCRIBERS,
        })
    );
    Ok(())
}

/// Makes something; gives its id.
fn create(program: &Path, data: &Path, arguments: &[&str]) -> Result<String> {
    let output = gpuaas(program, data).args(arguments).arg("--json").stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`gpuaas {}` failed", arguments.join(" "));
    let made: Value = serde_json::from_slice(&output.stdout)?;
    Ok(made["id"].as_str().context("what was made has no id")?.to_owned())
}

/// A client that follows an organization, from now on.
fn follow(running: &Running, organization: &str, token: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(running.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (address, token) = (running.address(), token.trim());
    write!(
        stream,
        "GET /api/v1/orgs/{organization}/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n"
    )?;
    // A small buffer: the clients' memory is not measured, and there are thousands of them.
    let mut subscriber = BufReader::with_capacity(1_024, stream);
    until(&mut subscriber, "id: ")?;
    Ok(subscriber)
}

/// Reads until a line begins so.
fn until(subscriber: &mut BufReader<TcpStream>, wanted: &str) -> Result<()> {
    let mut line = String::new();
    while !line.starts_with(wanted) {
        line.clear();
        let length = subscriber.read_line(&mut line).context("a subscriber got nothing")?;
        ensure!(length > 0, "a subscriber's stream ended");
    }
    Ok(())
}
