//! `X-Log-Position`: how a client reads its own writes. A mutation answers with it, and a
//! read that carries it waits for the read models. Opaque: it also names the log, so that
//! a position of another cell is noticed.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use gpuaas_domain::Code;
use uuid::Uuid;

use super::header;
use super::problem::Problem;

const POSITION: HeaderName = HeaderName::from_static("x-log-position");
/// Bytes of the log's id that a position carries.
const LOG: usize = 4;

/// Writes and reads the positions of one log.
#[derive(Debug, Clone, Copy)]
pub struct Positions {
    log: [u8; LOG],
}

impl Positions {
    /// Those of a log.
    #[must_use]
    pub fn of(log: Uuid) -> Self {
        let [a, b, c, d, ..] = *blake3::hash(log.as_bytes()).as_bytes();
        Self { log: [a, b, c, d] }
    }

    /// Tells a client.
    #[must_use]
    pub fn header(self, position: u64) -> (HeaderName, HeaderValue) {
        let text = BASE64URL_NOPAD.encode(&[&self.log[..], &position.to_be_bytes()].concat());
        (POSITION, HeaderValue::try_from(text).expect("base64url is ASCII"))
    }

    /// What a client asks for.
    pub fn wanted(self, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
        let Some(text) = header::single(headers, &POSITION)? else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
        match bytes.split_at_checked(LOG) {
            Some((log, position)) if log == self.log && position.len() == 8 => {
                Ok(position.try_into().ok().map(u64::from_be_bytes))
            }
            _ => {
                let message = "send a position as this server answered it, or leave the header out";
                Err(Problem::at(Code::InvalidHeader, "X-Log-Position", message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_told_and_only_by_its_own_log() {
        let (here, elsewhere) = (Positions::of(Uuid::from_u128(1)), Positions::of(Uuid::from_u128(2)));
        let headers = HeaderMap::from_iter([here.header(7)]);
        assert_eq!(here.wanted(&headers).unwrap(), Some(7));
        assert_eq!(elsewhere.wanted(&headers).unwrap_err().code, Code::InvalidHeader);
        assert_eq!(here.wanted(&HeaderMap::new()).unwrap(), None);
    }
}
