//! Programs that we did not write accept what a running server publishes of its log, fetched
//! over HTTP as C2SP says: `signed_note` its checkpoints, `tlog_tiles` its tiles and proofs,
//! `pymerkle` its roots and proofs.

mod python;
mod rust;
mod server;
