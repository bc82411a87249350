//! Bytes to an entry, strictly.

use super::encode::FORMAT;
use super::known::Known;
use super::{
    ARITY, ActorRef, AppendRef, Cause, ClaimRef, CommandRef, DecisionRef, Entry, Few, GuardRef, MAX_BYTES, PayloadRef,
    StreamRef,
};
use crate::encoding::{EncodingError, Reader, Value, check_payload};

/// Why bytes are not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Another format number: a newer program is needed.
    #[error("the entry is of another format than 1")]
    Format,
    /// Not canonical, or not of the entry's shape.
    #[error("encoding: {0}")]
    Encoding(#[from] EncodingError),
}

type Decode<T> = Result<T, EncodingError>;

impl<'a> Entry<'a> {
    /// Decodes and checks everything that can be seen from the bytes alone: the
    /// canonical form, shapes, names, order, duplicates and sizes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::decode_knowing(bytes, &mut Known::nothing())
    }

    /// [`Self::decode`] for many entries: an identifier that came before is not checked
    /// again.
    #[inline]
    pub(crate) fn decode_knowing(bytes: &'a [u8], known: &mut Known<'a>) -> Result<Self, DecodeError> {
        if is_another_format(bytes) {
            return Err(DecodeError::Format);
        }
        if bytes.len() > MAX_BYTES {
            return Err(EncodingError("an entry has at most 65,535 bytes").into());
        }
        let mut r = Reader::new(bytes);
        r.array_of(ARITY)?;
        r.uint()?;
        let entry = Self {
            position: r.positive()?,
            recorded_at: r.uint()?,
            owner: r.id_or_nil()?,
            owner_sequence: r.positive()?,
            owner_prev: r.hash()?,
            stream: stream(&mut r, known)?,
            version: r.positive()?,
            event: known.names.read(&mut r)?,
            schema: r.positive()?,
            append: append(&mut r)?,
            command: command(&mut r, known)?,
            actor: actor(&mut r, known)?,
            decision: decision(&mut r, known)?,
            trace: *r.id()?.as_bytes(),
            cause: cause(&mut r)?,
            guards: guards(&mut r, known)?,
            claims: claims(&mut r, known)?,
            payload: payload(&mut r)?,
            prev: r.hash()?,
        };
        if r.value()? != Value::Nil {
            return Err(EncodingError("the extension is nil in this format").into());
        }
        r.finish()?;
        if entry.decision.is_none() && !matches!(entry.actor.kind, "policy" | "system") {
            return Err(EncodingError("only policies and the system act without a decision").into());
        }
        Ok(entry)
    }
}

/// An array of so many elements, the first of which is the format's number.
const THIS_FORMAT: [u8; 4] = {
    assert!(ARITY <= 0xff && FORMAT <= 0x7f, "each is written in a byte");
    [0xdc, 0, ARITY as u8, FORMAT as u8]
};

/// An array whose first element is an integer other than 1, whatever its arity.
fn is_another_format(bytes: &[u8]) -> bool {
    if bytes.starts_with(&THIS_FORMAT) {
        return false;
    }
    let mut r = Reader::new(bytes);
    let Ok(Value::Array(length)) = r.value() else { return false };
    length > 0
        && match r.value() {
            Ok(Value::Uint(number)) => number != FORMAT,
            Ok(Value::Negative(_)) => true,
            _ => false,
        }
}

fn stream<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<StreamRef<'a>> {
    r.array_of(2)?;
    Ok(StreamRef { kind: known.kinds.read(r)?, id: r.id()? })
}

fn append(r: &mut Reader<'_>) -> Decode<AppendRef> {
    r.array_of(3)?;
    Ok(AppendRef { command_id: r.id()?, index: r.uint()?, count: r.positive()? })
}

fn command<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<CommandRef<'a>> {
    r.array_of(3)?;
    Ok(CommandRef { name: known.names.read(r)?, idempotency: r.hash_or_nil()?, request: r.hash_or_nil()? })
}

fn actor<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<ActorRef<'a>> {
    r.array_of(4)?;
    let kind = known.kinds.read(r)?;
    let id = r.id_or_nil()?;
    if id.is_none() && kind != "system" {
        return Err(EncodingError("only the system acts without an id"));
    }
    let token = r.id_or_nil()?;
    let on_behalf_of = if r.nil() { None } else { Some(stream(r, known)?) };
    Ok(ActorRef { kind, id, token, on_behalf_of })
}

fn decision<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<Option<DecisionRef<'a>>> {
    if r.nil() {
        return Ok(None);
    }
    r.array_of(2)?;
    let rule_set = r.hash()?;
    let mut rules: Few<&str> = Few::new();
    for _ in 0..r.array()? {
        let rule = known.rules.read(r)?;
        ascending(rules.last().is_none_or(|last| *last < rule))?;
        rules.push(rule);
    }
    Ok(Some(DecisionRef { rule_set, rules }))
}

fn cause(r: &mut Reader<'_>) -> Decode<Cause> {
    Ok(match r.rest().first() {
        Some(0xc0) => {
            r.nil();
            Cause::None
        }
        Some(0x93) => {
            r.array_of(3)?;
            Cause::Elsewhere { log_id: r.id()?, position: r.uint()?, hash: r.hash()? }
        }
        _ => Cause::Here(r.uint()?),
    })
}

fn guards<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<Few<GuardRef<'a>>> {
    let mut guards: Few<GuardRef<'a>> = Few::new();
    for _ in 0..r.array()? {
        r.array_of(3)?;
        let stream = StreamRef { kind: known.kinds.read(r)?, id: r.id()? };
        ascending(guards.last().is_none_or(|last| last.stream < stream))?;
        guards.push(GuardRef { stream, version: r.uint()? });
    }
    Ok(guards)
}

fn claims<'a>(r: &mut Reader<'a>, known: &mut Known<'a>) -> Decode<Vec<ClaimRef<'a>>> {
    let mut claims: Vec<ClaimRef<'a>> = Vec::new();
    for _ in 0..r.array()? {
        r.array_of(3)?;
        let takes = match r.uint()? {
            0 => false,
            1 => true,
            _ => return Err(EncodingError("a claim takes (1) or releases (0)")),
        };
        let (scope, name) = (known.names.read(r)?, r.hash()?);
        ascending(claims.last().is_none_or(|last| (last.scope, last.name) < (scope, name)))?;
        claims.push(ClaimRef { scope, name, takes });
    }
    Ok(claims)
}

fn payload<'a>(r: &mut Reader<'a>) -> Decode<PayloadRef<'a>> {
    match r.value()? {
        Value::Bin(bytes) => {
            check_payload(bytes)?;
            Ok(PayloadRef::Inline(bytes))
        }
        Value::Array(2) => Ok(PayloadRef::Detached { digest: r.hash()?, length: r.uint()? }),
        _ => Err(EncodingError("a payload is bin, or an array of 2")),
    }
}

fn ascending(holds: bool) -> Decode<()> {
    if holds { Ok(()) } else { Err(EncodingError("not ascending, or twice")) }
}
