//! `as_of`: a resource as it was, at a position of the log or at a time. Which position a
//! time is at is looked up in the log, whose entries are recorded in the order of time.

use gpuaas_domain::{Code, Timestamp};
use gpuaas_log::Log;
use gpuaas_relay::moment;

use super::Problem;

/// The parameter's name.
pub const NAME: &str = "as_of";

/// The last position that any log can have.
pub const MAX_POSITION: u64 = (1 << 53) - 1;

/// The last position that counts for what a client asks for; 0 if the log began later.
pub async fn position(log: &Log, now: Timestamp, text: &str) -> Result<u64, Problem> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        let position = text.parse().ok().filter(|position| *position > 0);
        let position = position.ok_or_else(|| invalid("positions are whole numbers from 1 on"))?;
        return there(log, position).await;
    }
    let expected = "send a position, or a time as RFC 3339 has it, such as 2026-11-01T00:00:00Z";
    let time = moment::parse(text).ok_or_else(|| invalid(expected))?;
    if time > now {
        return Err(future("this time has not come yet; ask for one that is over, or leave as_of out"));
    }
    last_until(log, time).await
}

/// A position that the log has come to.
async fn there(log: &Log, position: u64) -> Result<u64, Problem> {
    if has(log, position).await? {
        return Ok(position);
    }
    Err(future("the log has not come so far yet; ask for a position that an answer or an event told"))
}

/// Whether the log has come to a position. Another server may have written what this one has
/// not seen yet.
pub async fn has(log: &Log, position: u64) -> Result<bool, Problem> {
    if position <= *log.head().borrow() {
        return Ok(true);
    }
    Ok(position <= MAX_POSITION && log.entry(position).await.map_err(Problem::unavailable)?.is_some())
}

/// The last entry that was recorded at a time or before it.
async fn last_until(log: &Log, time: Timestamp) -> Result<u64, Problem> {
    let (mut before, mut beyond) = (0, *log.head().borrow() + 1);
    while beyond - before > 1 {
        let middle = before + (beyond - before) / 2;
        let stored = log.entry(middle).await.map_err(Problem::unavailable)?;
        let stored = stored.ok_or_else(|| Problem::internal(format_args!("no entry at {middle}")))?;
        let recorded_at = stored.entry().map_err(Problem::internal)?.recorded_at;
        if recorded_at <= time.0 { before = middle } else { beyond = middle }
    }
    Ok(before)
}

fn invalid(message: &str) -> Problem {
    Problem::at(Code::InvalidParameter, NAME, message)
}

fn future(message: &str) -> Problem {
    Problem::at(Code::AsOfInFuture, NAME, message)
}
