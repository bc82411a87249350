//! What an idle subscriber costs.

use anyhow::Result;

use super::line::Line;
use super::startup::on_platform;

/// 64 KiB for each, as subscribers per MiB.
const SUBSCRIBERS_PER_MEBIBYTE: f64 = 16.0;

/// Builds the platform as packages have it, and measures it with thousands of subscribers.
pub(super) fn lines() -> Result<Vec<Line>> {
    let ours = on_platform("subscribers")?;
    Ok(vec![Line { name: "subscribers", ours, against: "limit", theirs: SUBSCRIBERS_PER_MEBIBYTE, least: 1.0 }])
}
