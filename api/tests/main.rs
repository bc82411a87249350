//! The server over HTTP, as its clients meet it. Every answer that any of these tests
//! gets is checked against the OpenAPI document.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

mod harness;

mod audit;
mod authorization;
mod bad_input;
mod catalog;
mod concurrency;
mod document;
mod dry_run;
mod erasure;
mod events;
mod evidence;
mod explanation;
mod exports;
mod gateway;
mod history;
mod idempotency;
mod limits;
mod log_keys;
mod money;
mod outage;
mod publication;
mod receipts;
mod restart;
mod secrecy;
mod tour;
mod webhooks;
mod witnesses;
