//! Request headers that may stand once.

use axum::http::{HeaderMap, HeaderName, header};
use gpuaas_domain::Code;

use super::problem::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Most characters of an idempotency key.
const MAX_KEY: usize = 255;

/// The text of a header that stands once or not at all.
pub fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::at(Code::InvalidHeader, name.as_str(), "send this header once"));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Problem::at(Code::InvalidHeader, name.as_str(), "send printable ASCII characters")),
    }
}

/// `Idempotency-Key`, which every mutation needs: 1 to 255 printable ASCII characters.
pub fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = single(headers, &IDEMPOTENCY_KEY)?.ok_or_else(|| Problem::of(Code::IdempotencyKeyMissing))?;
    let printable = key.bytes().all(|b| (b' '..=b'~').contains(&b));
    if printable && (1..=MAX_KEY).contains(&key.len()) {
        Ok(key.to_owned())
    } else {
        Err(Problem::at(Code::InvalidHeader, "Idempotency-Key", "send 1 to 255 printable ASCII characters"))
    }
}

/// The version that `If-Match` wants; `None` where it is absent or `*`.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(text) = single(headers, &header::IF_MATCH)? else { return Ok(None) };
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|digits| digits.parse().ok());
    version
        .map(Some)
        .ok_or_else(|| Problem::at(Code::InvalidHeader, "If-Match", "send one ETag as this server answered it: \"7\""))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values.iter().map(|v| (HeaderName::from_static(name), HeaderValue::from_str(v).unwrap())).collect()
    }

    #[test]
    fn a_key_is_needed_once_and_bounded() {
        let key = |values: &[&str]| idempotency_key(&headers("idempotency-key", values)).map_err(|p| p.code);
        assert_eq!(key(&["a b"]), Ok("a b".into()));
        assert_eq!(key(&[]), Err(Code::IdempotencyKeyMissing));
        assert_eq!(key(&["a", "b"]), Err(Code::InvalidHeader));
        assert_eq!(key(&[""]), Err(Code::InvalidHeader));
        assert_eq!(key(&[&"a".repeat(256)]), Err(Code::InvalidHeader));
    }

    #[test]
    fn a_precondition_is_one_version_or_any() {
        let version = |value: &str| if_match(&headers("if-match", &[value])).map_err(|p| p.code);
        assert_eq!(version("\"7\""), Ok(Some(7)));
        assert_eq!(version("*"), Ok(None));
        for bad in ["7", "W/\"7\"", "\"7\", \"8\"", "\"x\""] {
            assert_eq!(version(bad), Err(Code::InvalidHeader), "{bad}");
        }
    }
}
