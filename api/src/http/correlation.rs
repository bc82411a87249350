//! The trace that a request belongs to. A correlation id is a W3C trace id and never
//! free text, because it goes into the log.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use gpuaas_domain::Code;

use super::header;
use super::problem::Problem;

/// <https://www.w3.org/TR/trace-context/>, version 00.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The trace id alone, for clients that have no tracing.
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The trace and this request's place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correlation {
    /// W3C trace id, not all zero.
    pub trace: [u8; 16],
    span: [u8; 8],
    flags: u8,
}

impl Correlation {
    fn of_trace(trace: [u8; 16], flags: u8) -> Self {
        Self { trace, span: rand::random(), flags }
    }

    fn fresh() -> Self {
        // Not all zero: the log takes no such trace.
        Self::of_trace(rand::random::<u128>().max(1).to_be_bytes(), 0)
    }

    /// Tells the client.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let parent = format!("00-{self}-{}-{:02x}", hex::encode(self.span), self.flags);
        let values = [(TRACEPARENT, parent), (CORRELATION_ID, self.to_string())];
        headers.extend(values.map(|(name, text)| (name, HeaderValue::try_from(text).expect("hex and hyphens"))));
    }
}

impl fmt::Display for Correlation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.trace))
    }
}

/// The request's correlation, and a refusal if its headers are not acceptable.
/// `traceparent` counts before `X-Correlation-Id`. A broken `traceparent` starts a new
/// trace, as its specification says; a broken id is refused, since its sender means to
/// find it again.
pub(crate) fn of(headers: &HeaderMap) -> (Correlation, Option<Problem>) {
    if let Some(correlation) = headers.get(TRACEPARENT).and_then(|value| parse_parent(value.to_str().ok()?)) {
        return (correlation, None);
    }
    match header::single(headers, &CORRELATION_ID) {
        Ok(None) => (Correlation::fresh(), None),
        Ok(Some(text)) => match parse_id(text) {
            Some(trace) => (Correlation::of_trace(trace, 0), None),
            None => (Correlation::fresh(), Some(bad_id())),
        },
        Err(problem) => (Correlation::fresh(), Some(problem)),
    }
}

fn bad_id() -> Problem {
    let message = "send a trace id: 32 hexadecimal digits, not all zero (a UUID does); or leave the header out";
    Problem::at(Code::InvalidHeader, "X-Correlation-Id", message)
}

fn parse_parent(text: &str) -> Option<Correlation> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = version.len() == 2 && version != "ff" && span.len() == 16 && flags.len() == 2;
    // Version 00 has four parts; later ones may append more.
    let complete = version != "00" || parts.next().is_none();
    let lowercase = text.bytes().all(|b| !b.is_ascii_uppercase());
    if !(well_formed && complete && lowercase && hex::decode(version).is_ok() && is_nonzero_hex(span)) {
        return None;
    }
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some(Correlation::of_trace(parse_trace(trace)?, flags & 1))
}

fn parse_id(text: &str) -> Option<[u8; 16]> {
    parse_trace(&text.replace('-', ""))
}

fn parse_trace(text: &str) -> Option<[u8; 16]> {
    let trace: [u8; 16] = hex::decode(text).ok()?.try_into().ok()?;
    (trace != [0; 16]).then_some(trace)
}

fn is_nonzero_hex(text: &str) -> bool {
    hex::decode(text).is_ok_and(|bytes| bytes.iter().any(|byte| *byte != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_trace_is_continued_with_a_span_of_our_own() {
        let parsed = parse_parent(PARENT).unwrap();
        assert_eq!(parsed.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_ne!(hex::encode(parsed.span), "b7ad6b7169203331");
        let mut headers = HeaderMap::new();
        parsed.write(&mut headers);
        let written = headers[TRACEPARENT].to_str().unwrap();
        assert!(written.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && written.ends_with("-01"));
    }

    #[test]
    fn a_broken_traceparent_starts_a_new_trace() {
        for broken in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert!(parse_parent(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn a_correlation_id_is_a_trace_id() {
        assert!(parse_id("0af7651916cd43dd8448eb211c80319c").is_some());
        assert!(parse_id("0af76519-16cd-43dd-8448-eb211c80319c").is_some());
        for bad in ["", "x", "00000000000000000000000000000000", "my request"] {
            assert!(parse_id(bad).is_none(), "{bad}");
        }
    }
}
