//! Asks witnesses to cosign checkpoints: C2SP `tlog-witness`, as the log's side of it.

use std::net::IpAddr;
use std::str::FromStr;

use gpuaas_log::cosignature::WitnessKey;
use reqwest::{StatusCode, Url};

use super::client::{self, OutgoingError};

/// Most bytes of an answer that are read.
const MOST: usize = 16 << 10;

/// A witness that the operator lists: its key, and the address under which it takes
/// checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWitness {
    /// Its key, with its name.
    pub key: WitnessKey,
    url: String,
    private: bool,
}

/// A text lists no witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a witness is its VKEY, a space, and its URL, such as https://witness.example.org{}",
    .0.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
pub struct ListedWitnessError(Option<String>);

impl FromStr for ListedWitness {
    type Err = ListedWitnessError;

    /// Whoever lists a witness without TLS, or by its address, knows where it is.
    fn from_str(text: &str) -> Result<Self, ListedWitnessError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [key, url] = words[..] else { return Err(ListedWitnessError(None)) };
        let key = key.parse().map_err(|error| ListedWitnessError(Some(format!("{error}"))))?;
        let read: Url = url.parse().map_err(|error| ListedWitnessError(Some(format!("{error}"))))?;
        let plain = match read.scheme() {
            "http" => true,
            "https" => false,
            other => return Err(ListedWitnessError(Some(format!("{other} is neither https nor http")))),
        };
        let host = read.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let private = plain || host.parse::<IpAddr>().is_ok();
        Ok(Self { key, url: url.trim_end_matches('/').to_owned(), private })
    }
}

/// What a witness replies, as it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It cosigned: the lines of its answer.
    Cosigned(Vec<u8>),
    /// It goes on from another size, which it names.
    Conflict(u64),
    /// It refuses, with this status.
    Refused(u16),
    /// What it replies means nothing.
    Senseless,
}

/// Why a witness did not reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unanswered(pub(crate) String);

impl ListedWitness {
    /// What the witness is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Hands it a request.
    pub(crate) async fn add_checkpoint(&self, body: String) -> Result<Reply, Unanswered> {
        let url = format!("{}/add-checkpoint", self.url);
        let posted = client::post(&url, "text/plain; charset=utf-8", body, self.private, MOST).await;
        let (status, answer) = match posted {
            Ok(posted) => posted,
            Err(OutgoingError::TooLarge(_)) => return Ok(Reply::Senseless),
            Err(error) => return Err(Unanswered(error.to_string())),
        };
        Ok(match status {
            StatusCode::OK => Reply::Cosigned(answer.bytes),
            StatusCode::CONFLICT => size(&answer.bytes).map_or(Reply::Senseless, Reply::Conflict),
            other => Reply::Refused(other.as_u16()),
        })
    }
}

/// A decimal number on a line.
fn size(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use gpuaas_log::cosignature::Cosigner;

    use super::*;

    #[test]
    fn a_witness_is_listed_by_its_key_and_address() {
        let key = Cosigner::from_seed("witness.example/w", &[1; 32]).unwrap().key().clone();
        for (url, kept, private) in [
            ("https://witness.example/", "https://witness.example", false),
            ("http://witness.local:8080/w1", "http://witness.local:8080/w1", true),
            ("https://10.0.0.7", "https://10.0.0.7", true),
        ] {
            let listed: ListedWitness = format!("{key} {url}").parse().unwrap();
            assert_eq!(listed, ListedWitness { key: key.clone(), url: kept.to_owned(), private });
        }
        for bad in [
            String::new(),
            key.to_string(),
            "key https://witness.example".to_owned(),
            format!("{key} witness.example"),
            format!("{key} ftp://witness.example"),
            format!("{key} https://witness.example more"),
        ] {
            assert!(bad.parse::<ListedWitness>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_size_is_a_number_on_a_line() {
        assert_eq!((size(b"17\n"), size(b"0\n")), (Some(17), Some(0)));
        for bad in [&b"17"[..], b"", b"\n", b"+1\n", b"1 \n", b"99999999999999999999\n"] {
            assert_eq!(size(bad), None);
        }
    }
}
