//! Tests that replay: golden logs, crash and fault tests, conformance, end to end.

pub mod crash;
