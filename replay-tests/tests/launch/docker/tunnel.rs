//! The API's tunnel: a connection to a workload's endpoint, wherever its node is.

use reqwest::{Method, StatusCode, Upgraded};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::checked::Client;

/// An answer of whatever is at the other end.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Opens a tunnel to an endpoint of an instance, by its path.
pub(super) async fn open(client: &Client, instance: &str, endpoint: &str) -> Upgraded {
    let path = format!("{instance}/tunnel/{endpoint}");
    let asked = client.request(Method::GET, &path).header("connection", "upgrade").header("upgrade", "tcp");
    let response = asked.send().await.unwrap();
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        panic!("{status}: {}", response.text().await.unwrap());
    }
    response.upgrade().await.unwrap()
}

/// What a tunnel is refused with.
pub(super) async fn refused(client: &Client, instance: &str) -> (u16, String) {
    let path = format!("{instance}/tunnel/web");
    let asked = client.request(Method::GET, &path).header("connection", "upgrade").header("upgrade", "tcp");
    let reply = client.send(asked).await;
    (reply.status.as_u16(), reply.code().to_owned())
}

/// Asks the HTTP server at the other end. By HTTP/1.0, so that the answer ends with the connection.
pub(super) async fn ask(client: &Client, instance: &str, method: &str, path: &str, header: &str, body: &Value) -> Said {
    let mut tunnel = open(client, instance, "web").await;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\n{header}Content-Length: {length}\r\n\r\n");
    tunnel.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    tunnel.flush().await.unwrap();
    let mut answer = Vec::new();
    tunnel.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
    Said { status, body: body.to_owned() }
}

/// What the server says to `GET`.
pub(super) async fn get(client: &Client, instance: &str, path: &str) -> Said {
    ask(client, instance, "GET", path, "", &Value::Null).await
}
