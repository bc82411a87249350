//! Times without a break, as clients write and read them.

use gpuaas_domain::interval::Interval;
use gpuaas_domain::{Code, Timestamp};
use gpuaas_relay::moment;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Problem;

/// A time without a break. The end is not part of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Period)]
pub struct PeriodView {
    /// Its beginning.
    #[schema(format = DateTime)]
    pub from: String,
    /// Its end.
    #[schema(format = DateTime)]
    pub to: String,
}

impl PeriodView {
    /// The view of an interval.
    #[must_use]
    pub fn of(interval: Interval) -> Self {
        Self { from: moment::print(interval.from), to: moment::print(interval.until) }
    }
}

/// Reads a field that is a point in time.
pub fn read_moment(field: &str, text: &str) -> Result<Timestamp, Problem> {
    let expected = "expected a time as RFC 3339 has it, such as 2026-11-01T00:00:00Z";
    moment::parse(text).ok_or_else(|| Problem::at(Code::InvalidField, field, expected))
}
