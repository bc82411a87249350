//! Where webhooks may be sent: to public addresses, with TLS. What else is allowed, the
//! operator lists.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::client::{self, Delivered, OutgoingError};

/// Longest URL.
const MOST: usize = 2_048;
/// Longest time that a name is looked up before its URL is taken.
const LOOK_UP: Duration = Duration::from_secs(2);

/// Where webhooks may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destinations {
    /// Hosts that the operator lists: without TLS, too, and although their address is a
    /// private one.
    pub listed: BTreeSet<ListedHost>,
    /// Longest time to an answer.
    pub patience: Duration,
}

impl Default for Destinations {
    fn default() -> Self {
        Self { listed: BTreeSet::new(), patience: Duration::from_secs(20) }
    }
}

/// A host that the operator lists: `hooks.internal` or `10.0.0.7:8080`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedHost {
    host: String,
    port: Option<u16>,
}

/// A text lists no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a host is a name or an address, with a port if only that one is meant, such as hooks.internal or 10.0.0.7:8080"
)]
pub struct ListedHostError;

impl FromStr for ListedHost {
    type Err = ListedHostError;

    fn from_str(text: &str) -> Result<Self, ListedHostError> {
        // Read as a URL's, so that it is written as a URL's. The port is not one that a scheme has.
        let url = Url::parse(&format!("ws://{text}/")).map_err(|_| ListedHostError)?;
        let plain = url.path() == "/" && url.username().is_empty() && url.query().is_none() && url.fragment().is_none();
        let host = url.host_str().filter(|host| plain && !host.is_empty()).ok_or(ListedHostError)?;
        let port = if text.ends_with(":80") { Some(80) } else { url.port() };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl Destinations {
    /// A URL as it is kept, if webhooks may be sent there. A name that has no address at
    /// present may have one later: it is looked up again each time something is sent.
    pub async fn check(&self, text: &str) -> Result<Url, String> {
        let url = self.parse(text)?;
        match tokio::time::timeout(LOOK_UP, client::resolve(&url, self.lists(&url))).await {
            Ok(Err(OutgoingError::Private)) => Err(
                "the address is a private one; name a public one, or let the operator list the host (webhook-hosts)"
                    .to_owned(),
            ),
            Ok(_) | Err(_) => Ok(url),
        }
    }

    /// Sends a body, and says what was answered.
    pub(crate) async fn post(&self, text: &str, headers: HeaderMap, body: String) -> Result<Delivered, OutgoingError> {
        let url = self.parse(text).map_err(OutgoingError::Unreachable)?;
        client::deliver(&url, headers, body, self.lists(&url), self.patience).await
    }

    fn parse(&self, text: &str) -> Result<Url, String> {
        let refuse = |message: &str| Err(message.to_owned());
        let url = Url::parse(text).map_err(|error| format!("this is no URL: {error}"))?;
        if url.as_str().len() > MOST {
            return refuse("a URL has at most 2048 bytes; choose a shorter one");
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return refuse(
                "the URL is kept in the log for good: leave out user names, passwords, queries and fragments; \
                 the signature says who sends",
            );
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.lists(&url) => Ok(url),
            _ => {
                refuse("the URL of a webhook begins with https://, unless the operator lists the host (webhook-hosts)")
            }
        }
    }

    fn lists(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        let is = |listed: &ListedHost| {
            url.host_str() == Some(listed.host.as_str()) && listed.port.is_none_or(|listed| Some(listed) == port)
        };
        self.listed.iter().any(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(hosts: &[&str]) -> Destinations {
        Destinations { listed: hosts.iter().map(|host| host.parse().unwrap()).collect(), ..Destinations::default() }
    }

    #[tokio::test]
    async fn a_webhook_goes_to_a_public_address_with_tls() {
        let nothing = listing(&[]);
        assert_eq!(nothing.check("https://1.1.1.1/hook").await.unwrap().as_str(), "https://1.1.1.1/hook");
        assert!(nothing.check("https://no-such-name.invalid/").await.is_ok(), "it may have an address later");
        for bad in [
            "http://1.1.1.1/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://localhost/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://me@1.1.1.1/",
            "https://me:secret@1.1.1.1/",
            "https://1.1.1.1/?token=secret",
            "https://1.1.1.1/#part",
            "file:///etc/passwd",
            "https://",
            "hook",
            &format!("https://1.1.1.1/{}", "a".repeat(2_048)),
        ] {
            assert!(nothing.check(bad).await.is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_listed_host_may_be_a_neighbour_without_tls() {
        let one = listing(&["127.0.0.1:9000"]);
        assert!(one.check("http://127.0.0.1:9000/hook").await.is_ok());
        assert!(one.check("http://127.0.0.1:9001/hook").await.is_err());
        assert!(one.check("https://127.0.0.1/hook").await.is_err());
        assert!(listing(&["LOCALHOST"]).check("http://localhost:1234/").await.is_ok());
        assert!(listing(&["[::1]:80"]).check("http://[::1]/").await.is_ok());
        assert!(listing(&["[::1]:80"]).check("http://[::1]:81/").await.is_err());
    }

    #[test]
    fn what_is_no_host_is_not_listed() {
        for bad in ["", "http://a", "a/b", "a b", "me@a", "a:99999", "a?b", "10.0.0.0/8"] {
            assert_eq!(bad.parse::<ListedHost>(), Err(ListedHostError), "{bad}");
        }
    }
}
