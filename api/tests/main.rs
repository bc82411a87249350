//! The server over HTTP, as its clients meet it. Every answer that any of these tests
//! gets is checked against the OpenAPI document.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

mod harness;

mod authorization;
mod bad_input;
mod catalog;
mod concurrency;
mod document;
mod events;
mod exports;
mod gateway;
mod idempotency;
mod limits;
mod money;
mod outage;
mod restart;
mod secrecy;
mod tour;
