//! A declaration to its payload.

use super::{Declaration, HeadsCommitted, SchemaDeclared};
use crate::checkpoint::VerifierKey;
use crate::encoding::Writer;

impl Declaration {
    /// The payload's bytes, keys ascending.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(256);
        match self {
            Self::Created { keys, log_id, origin } => {
                w.map(3);
                write_keys(&mut w, keys);
                w.str("log_id");
                w.bin(log_id.as_bytes());
                w.str("origin");
                w.str(origin);
            }
            Self::KindDeclared { kind, owner } => {
                w.map(2);
                w.str("kind");
                w.str(kind);
                w.str("owner");
                w.str(owner.as_str());
            }
            Self::SchemaDeclared(schema) => write_schema(&mut w, schema),
            Self::HeadsCommitted(heads) => write_heads(&mut w, heads),
            Self::KeysChanged { keys } => {
                w.map(1);
                write_keys(&mut w, keys);
            }
            Self::PayloadErased { positions, reason } => {
                w.map(2);
                w.str("positions");
                w.array(positions.len());
                positions.iter().for_each(|position| w.uint(*position));
                w.str("reason");
                w.str(reason);
            }
        }
        w.into_bytes()
    }
}

fn write_keys(w: &mut Writer, keys: &[VerifierKey]) {
    w.str("keys");
    w.array(keys.len());
    keys.iter().for_each(|key| w.str(&key.to_string()));
}

fn write_schema(w: &mut Writer, schema: &SchemaDeclared) {
    w.map(4);
    w.str("blobs");
    w.array(schema.blobs.len());
    schema.blobs.iter().for_each(|field| w.str(field));
    w.str("descriptor");
    w.bin(&schema.descriptor.0);
    w.str("event");
    w.str(&schema.event);
    w.str("schema");
    w.uint(schema.schema);
}

fn write_heads(w: &mut Writer, heads: &HeadsCommitted) {
    w.map(3);
    w.str("owners");
    w.uint(heads.owners);
    w.str("root");
    w.bin(&heads.root.0);
    w.str("size");
    w.uint(heads.size);
}
