//! What commands print: tables for people, JSON for programs, and one way to fail.

mod dry_run;
mod failure;
mod measure;
mod moment;
mod show;
mod table;

pub(crate) use dry_run::dry_run;
pub(crate) use failure::Failure;
pub(crate) use measure::{bytes, millionths, money, processors};
pub(crate) use moment::moment;
pub(crate) use show::{Format, Show, ended, json, line, list, one, print};
pub(crate) use table::Table;
