//! What the gateway is told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// What the gateway is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names and addresses by which nodes reach it, beside those of loopback.
    pub names: Vec<String>,
    /// How long a node's certificate lasts; whole seconds, at least two.
    pub certificate: Duration,
    /// Between a node's heartbeats; whole seconds, at least one.
    pub heartbeat: Duration,
    /// After how long a silence a node is offline.
    pub offline_after: Duration,
    /// Between a node's attestations; whole seconds, at least one.
    pub attest_every: Duration,
    /// Longest time for a TLS handshake.
    pub handshake: Duration,
    /// Longest time for a node to send log lines, or to open a tunnel.
    pub answer: Duration,
}

impl Settings {
    /// The usual ones, at this address.
    #[must_use]
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            names: Vec::new(),
            certificate: Duration::from_secs(24 * 3600),
            heartbeat: Duration::from_secs(10),
            offline_after: Duration::from_secs(30),
            attest_every: Duration::from_secs(60),
            handshake: Duration::from_secs(5),
            answer: Duration::from_secs(10),
        }
    }

    /// The usual ones, on a free port of loopback.
    #[must_use]
    pub fn loopback() -> Self {
        Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Every name and address in its certificate.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let own = self.listen.ip();
        let listening: Option<IpAddr> = (!own.is_unspecified()).then_some(own);
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
        names.extend(listening.map(|address| address.to_string()));
        names.extend(self.names.iter().cloned());
        names.sort();
        names.dedup();
        names
    }
}

/// Whole seconds of a duration, at least one.
pub(super) fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX).max(1)
}
