//! Whether something answers HTTP: one request without a body, the status line of its answer.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(5);

/// The status that `GET path` gets over TCP; nothing when there is no answer.
pub(crate) fn status(address: &str, path: &str) -> Option<u16> {
    ask(connected(address)?, "GET", path)
}

/// The status that an empty `PUT path` gets over TCP.
pub(crate) fn made(address: &str, path: &str) -> Option<u16> {
    ask(connected(address)?, "PUT", path)
}

fn connected(address: &str) -> Option<TcpStream> {
    let address = address.to_socket_addrs().ok()?.next()?;
    let stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    Some(stream)
}

/// The same over a Unix socket.
pub(crate) fn status_on_socket(socket: &Path, path: &str) -> Option<u16> {
    let stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    ask(stream, "GET", path)
}

fn ask(mut stream: impl Read + Write, method: &str, path: &str) -> Option<u16> {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut start = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut start).ok()?;
    std::str::from_utf8(&start).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}
