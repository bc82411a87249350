//! The mirror in NATS, on real servers that are killed, wiped, put back to an older copy, and
//! meddled with: every loss is noticed and made good, and nobody who follows it by the rule of
//! `docs/subscribing/jetstream.md` misses an event or counts one twice.

mod damage;
mod erasure;
mod meddling;
mod outages;
mod outsider;
mod platform;
mod restore;
mod server;
mod several;
mod subscribers;
