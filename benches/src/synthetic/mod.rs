//! A made-up log that looks like a real one: organizations that request allocations,
//! nodes that reserve slots for them.
//!
//! Every append carries an idempotency hash, a request digest and two guards, and has two
//! or three entries, one of them the platform's. The log is the same on every run.

mod chain;
mod organizations;

use std::io::{self, Write};

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::declaration::{Declaration, HeadsCommitted, KindOwner, SchemaDeclared};
use gpuaas_log::entry::StreamRef;
use gpuaas_log::export::WholeWriter;
use gpuaas_log::hash::Hash;
use rand::SeedableRng;
use rand::rngs::StdRng;
use uuid::Uuid;

use chain::{Chain, New};
use organizations::Organizations;

/// The origin of the log.
const ORIGIN: &str = "bench.example/log";
/// Entries after which the heads are committed.
const HEADS_EVERY: u64 = 1_000;

/// How large a log to make.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Entries, about.
    pub entries: u64,
    /// Organizations.
    pub organizations: usize,
}

/// Writes the whole export of a log. Answers the number of entries.
pub fn write_export(out: impl Write, size: Size) -> io::Result<u64> {
    let log_id = Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001);
    // The header names the size, so it is settled first: the last entry commits heads.
    let last = size.entries.next_multiple_of(HEADS_EVERY);
    let mut export = WholeWriter::new(out, log_id, ORIGIN, last)?;
    let signer = Signer::from_seed(ORIGIN, &[7; 32]).expect("the origin is good");
    let mut chain = Chain::new(log_id);
    begin(&mut chain, &mut export, &signer)?;
    let mut organizations = Organizations::new(size.organizations, StdRng::seed_from_u64(1));
    organizations.create(&mut chain, &mut export)?;
    while chain.position() < last {
        let before_heads = HEADS_EVERY - 1 - chain.position() % HEADS_EVERY;
        if before_heads == 0 {
            commit_heads(&mut chain, &mut export)?;
        } else {
            organizations.append(&mut chain, &mut export, before_heads)?;
        }
    }
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: last, root: chain.root() };
    export.finish(&[SignedCheckpoint::sign(checkpoint, &[&signer])])?;
    Ok(last)
}

/// What the log says of itself before anything happens in it.
fn begin(chain: &mut Chain, export: &mut WholeWriter<impl Write>, signer: &Signer) -> io::Result<()> {
    let log_id = chain.log_id();
    let keys = vec![signer.verifier().clone()];
    declare(chain, export, &Declaration::Created { keys, log_id, origin: ORIGIN.to_owned() })?;
    for (kind, owner) in [
        ("organization", KindOwner::Organization),
        ("allocation", KindOwner::Organization),
        ("node", KindOwner::Platform),
    ] {
        declare(chain, export, &Declaration::KindDeclared { kind: kind.to_owned(), owner })?;
    }
    for event in organizations::EVENTS {
        let schema = format!(r#"{{"$id":"{event}/1","type":"object"}}"#);
        export.blob(schema.as_bytes())?;
        let descriptor = Hash::of_blob(schema.as_bytes());
        let declared = SchemaDeclared { event: event.to_owned(), schema: 1, descriptor, blobs: Vec::new() };
        declare(chain, export, &Declaration::SchemaDeclared(declared))?;
    }
    Ok(())
}

fn commit_heads(chain: &mut Chain, export: &mut WholeWriter<impl Write>) -> io::Result<()> {
    let (owners, root) = chain.heads();
    let heads = HeadsCommitted { owners, root, size: chain.position() };
    declare(chain, export, &Declaration::HeadsCommitted(heads))
}

fn declare(chain: &mut Chain, export: &mut WholeWriter<impl Write>, declaration: &Declaration) -> io::Result<()> {
    let payload = declaration.encode();
    let stream = StreamRef { kind: "log", id: chain.log_id() };
    let entry = New { owner: None, stream, event: declaration.event(), payload: &payload };
    chain.append_own(export, entry)
}
