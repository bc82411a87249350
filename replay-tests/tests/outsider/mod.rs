//! Programs that share nothing with ours, written from `docs/log-format.md` and `docs/money.md`
//! alone (`replay-tests/outsider`), agree with the format, with our verifier and with our bills; and others' libraries
//! with what we send and publish.

mod asyncapi;
mod books;
mod cosignatures;
mod evidence;
mod invoice;
pub(crate) mod python;
mod tampered;
mod tenant;
mod vectors;
mod webhooks;
