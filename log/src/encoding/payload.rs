//! What may stand in a payload.

use std::collections::HashSet;

use super::{EncodingError, Reader, Value};

/// Deepest nesting, the payload's own map being 1.
pub const MAX_DEPTH: usize = 16;

/// Checks that `bytes` are one canonical map with unique text keys, no floats, no
/// NUL, and at most [`MAX_DEPTH`] levels.
pub fn check_payload(bytes: &[u8]) -> Result<(), EncodingError> {
    let mut reader = Reader::new(bytes);
    match reader.value()? {
        Value::Map(length) => check_map(&mut reader, length, 1)?,
        _ => return Err(EncodingError("a payload is a map")),
    }
    reader.finish()
}

fn check_value(reader: &mut Reader<'_>, depth: usize) -> Result<(), EncodingError> {
    match reader.value()? {
        Value::Map(length) => check_map(reader, length, depth + 1),
        Value::Array(length) => {
            check_depth(depth + 1)?;
            (0..length).try_for_each(|_| check_value(reader, depth + 1))
        }
        Value::Nil | Value::Bool(_) | Value::Uint(_) | Value::Negative(_) | Value::Str(_) | Value::Bin(_) => Ok(()),
    }
}

/// Above this many keys a set is cheaper than comparing each pair.
const FEW: usize = 16;

fn check_map(reader: &mut Reader<'_>, length: usize, depth: usize) -> Result<(), EncodingError> {
    check_depth(depth)?;
    let mut few = [""; FEW];
    let mut many = HashSet::new();
    for index in 0..length {
        let key = reader.str().map_err(|_| EncodingError("a map key that is not a str"))?;
        let fresh = if length <= FEW {
            let seen = few[..index].contains(&key);
            few[index] = key;
            !seen
        } else {
            many.insert(key)
        };
        if !fresh {
            return Err(EncodingError("a map key twice"));
        }
        check_value(reader, depth)?;
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), EncodingError> {
    if depth <= MAX_DEPTH { Ok(()) } else { Err(EncodingError("nested too deep")) }
}
