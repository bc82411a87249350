//! What a server is told about webhooks.

use std::time::Duration;

use crate::outgoing::Destinations;

/// What a server is told about webhooks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where they may lead besides public addresses.
    pub destinations: Destinations,
    /// The waits after the first attempt and each that follows. After the last one, an
    /// event is given up.
    pub waits: Vec<Duration>,
    /// How often it is looked whether there are new webhooks and redeliveries.
    pub look_every: Duration,
}

impl Default for Settings {
    /// The waits that Standard Webhooks suggests: three days, in all.
    fn default() -> Self {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        let waits = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
        Self {
            destinations: Destinations::default(),
            waits: waits.map(Duration::from_secs).to_vec(),
            look_every: Duration::from_secs(1),
        }
    }
}
