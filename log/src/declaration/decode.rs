//! A payload to its declaration, strictly: exactly the listed fields, in ascending order.

use super::{
    CREATED, Declaration, HEADS_COMMITTED, HeadsCommitted, KEYS_CHANGED, KIND_DECLARED, KindOwner, LOG_KIND,
    PAYLOAD_ERASED, SCHEMA_DECLARED, SchemaDeclared,
};
use crate::checkpoint::{KeyError, VerifierKey, is_origin};
use crate::encoding::{EncodingError, Reader, Value};
use crate::name;

/// Why a payload is not the one of a `log.*` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeclarationError {
    /// The log has no such event.
    #[error("the log has no such event")]
    UnknownEvent,
    /// Not the fields that the event has.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A key that no checkpoint can be verified with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A value that the format does not allow here.
    #[error("{0}")]
    Value(&'static str),
}

type Decode<T> = Result<T, DeclarationError>;

impl Declaration {
    /// Decodes the payload of a `log.*` event.
    pub fn decode(event: &str, payload: &[u8]) -> Decode<Self> {
        let mut r = Reader::new(payload);
        let declaration = match event {
            CREATED => created(&mut r)?,
            KIND_DECLARED => kind_declared(&mut r)?,
            SCHEMA_DECLARED => schema_declared(&mut r)?,
            HEADS_COMMITTED => heads_committed(&mut r)?,
            KEYS_CHANGED => {
                fields(&mut r, 1)?;
                Self::KeysChanged { keys: keys(&mut r)? }
            }
            PAYLOAD_ERASED => payload_erased(&mut r)?,
            _ => return Err(DeclarationError::UnknownEvent),
        };
        r.finish()?;
        Ok(declaration)
    }
}

fn created(r: &mut Reader<'_>) -> Decode<Declaration> {
    fields(r, 3)?;
    let keys = keys(r)?;
    field(r, "log_id")?;
    let log_id = r.id()?;
    field(r, "origin")?;
    let origin = r.str()?.to_owned();
    if !is_origin(&origin) {
        return Err(DeclarationError::Value("the origin cannot be the name of a key"));
    }
    if keys.iter().any(|key| key.name() != origin) {
        return Err(DeclarationError::Value("a key of another name than the origin"));
    }
    Ok(Declaration::Created { keys, log_id, origin })
}

fn kind_declared(r: &mut Reader<'_>) -> Decode<Declaration> {
    fields(r, 2)?;
    field(r, "kind")?;
    let kind = r.str()?.to_owned();
    if !name::is_kind(&kind) || kind == LOG_KIND {
        return Err(DeclarationError::Value("not a kind that can be declared"));
    }
    field(r, "owner")?;
    let owner = match r.str()? {
        "platform" => KindOwner::Platform,
        "organization" => KindOwner::Organization,
        "either" => KindOwner::Either,
        _ => return Err(DeclarationError::Value("an owner is platform, organization or either")),
    };
    Ok(Declaration::KindDeclared { kind, owner })
}

fn schema_declared(r: &mut Reader<'_>) -> Decode<Declaration> {
    fields(r, 4)?;
    field(r, "blobs")?;
    let mut blobs: Vec<String> = Vec::new();
    for _ in 0..r.array()? {
        let name = r.str()?;
        if blobs.iter().any(|other| other == name) {
            return Err(DeclarationError::Value("a field of blobs twice"));
        }
        blobs.push(name.to_owned());
    }
    field(r, "descriptor")?;
    let descriptor = r.hash()?;
    field(r, "event")?;
    let event = r.str()?.to_owned();
    if !name::is_name(&event) || !event.contains('.') || name::event_is_of_kind(&event, LOG_KIND) {
        return Err(DeclarationError::Value("not an event that can be declared"));
    }
    field(r, "schema")?;
    let schema = r.positive()?;
    Ok(Declaration::SchemaDeclared(SchemaDeclared { event, schema, descriptor, blobs }))
}

fn heads_committed(r: &mut Reader<'_>) -> Decode<Declaration> {
    fields(r, 3)?;
    field(r, "owners")?;
    let owners = r.uint()?;
    field(r, "root")?;
    let root = r.hash()?;
    field(r, "size")?;
    let size = r.uint()?;
    Ok(Declaration::HeadsCommitted(HeadsCommitted { owners, root, size }))
}

fn payload_erased(r: &mut Reader<'_>) -> Decode<Declaration> {
    fields(r, 2)?;
    field(r, "positions")?;
    let positions = (0..r.array()?).map(|_| r.positive()).collect::<Result<_, _>>()?;
    field(r, "reason")?;
    Ok(Declaration::PayloadErased { positions, reason: r.str()?.to_owned() })
}

/// A list without keys could never be followed by a good checkpoint.
fn keys(r: &mut Reader<'_>) -> Decode<Vec<VerifierKey>> {
    field(r, "keys")?;
    let mut keys: Vec<VerifierKey> = Vec::new();
    for _ in 0..r.array()? {
        let key = r.str()?.parse()?;
        if keys.contains(&key) {
            return Err(DeclarationError::Value("a key twice"));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(DeclarationError::Value("no keys")) } else { Ok(keys) }
}

fn fields(r: &mut Reader<'_>, count: usize) -> Decode<()> {
    if r.value()? == Value::Map(count) { Ok(()) } else { Err(EncodingError("not a map of the event's fields").into()) }
}

fn field(r: &mut Reader<'_>, name: &str) -> Decode<()> {
    if r.str()? == name { Ok(()) } else { Err(EncodingError("another field than the event has there").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    #[test]
    fn a_declaration_with_a_field_more_is_refused() {
        let good = Declaration::HeadsCommitted(HeadsCommitted { owners: 1, root: Hash::ZERO, size: 2 }).encode();
        assert!(Declaration::decode(HEADS_COMMITTED, &good).is_ok());
        let mut more = good.clone();
        more[0] += 1;
        more.extend_from_slice(b"\xa1z\xc0");
        assert!(Declaration::decode(HEADS_COMMITTED, &more).is_err());
        assert!(Declaration::decode(HEADS_COMMITTED, &[&good[..], &[0xc0]].concat()).is_err());
        assert!(Declaration::decode(KEYS_CHANGED, &good).is_err());
        assert_eq!(Declaration::decode("log.forgotten", &good), Err(DeclarationError::UnknownEvent));
    }

    #[test]
    fn the_log_declares_no_events_of_its_own_kind() {
        let declare = |event: &str| {
            let schema =
                SchemaDeclared { event: event.to_owned(), schema: 1, descriptor: Hash::ZERO, blobs: Vec::new() };
            Declaration::decode(SCHEMA_DECLARED, &Declaration::SchemaDeclared(schema).encode()).is_ok()
        };
        assert!(declare("node.enrolled"));
        assert!(!declare("log.created") && !declare("log.other") && !declare("node"));
    }
}
