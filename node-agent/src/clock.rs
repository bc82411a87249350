//! The node's clock, and the kernel's id of this boot.

use std::time::{SystemTime, UNIX_EPOCH};

use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;

/// Now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_micros()).unwrap_or(Timestamp::MAX.0))
}

/// The kernel's id of this boot (random(4)): another one means that nothing ran through.
pub(crate) fn boot_id() -> std::io::Result<Text<40>> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    Ok(Text::clipped(text.trim()))
}

/// Reads a time as container engines print it (RFC 3339). Their zero, year 1, is `None`.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_microsecond()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_time_is_read_to_the_microsecond() {
        assert_eq!(parse("1970-01-01T00:00:01.000002999Z"), Some(Timestamp(1_000_002)));
        assert_eq!(parse("0001-01-01T00:00:00Z"), None);
        assert_eq!(parse("soon"), None);
    }
}
