//! Where the server is.

use hyper::Uri;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};

/// A server's address, `https://host:port`.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint(Authority);

/// A text is not a server's address.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a server's address; it looks like https://host:port")]
pub struct EndpointError(pub(crate) String);

impl Endpoint {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, EndpointError> {
        let uri: Option<Uri> = text.parse().ok();
        let uri = uri.filter(|uri| uri.scheme() == Some(&Scheme::HTTPS) && uri.path() == "/" && uri.query().is_none());
        let authority = uri.and_then(|uri| uri.authority().cloned());
        authority.map(Self).ok_or_else(|| EndpointError(text.to_owned()))
    }

    /// The address of a path there.
    pub(super) fn uri(&self, path: &str) -> Uri {
        let path = PathAndQuery::try_from(path).expect("paths are constants and printed ids");
        let parts = Uri::builder().scheme(Scheme::HTTPS).authority(self.0.clone()).path_and_query(path);
        parts.build().expect("scheme, authority and path make a URI")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_a_path_is_a_server() {
        assert_eq!(Endpoint::parse("https://h:8443").unwrap().uri("/a").to_string(), "https://h:8443/a");
        for bad in ["http://h", "h:8443", "https://h/x", "https://h?q", ""] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }
}
