//! Names and ids of an application in the log's own shapes.

use uuid::Uuid;

use super::Refused;
use crate::declaration::{LOG_KIND, ORGANIZATION_KIND};
use crate::entry::Owner;
use crate::name::{is_kind, is_name};

/// What the ids of streams are derived under.
const STREAM: &str = "gpuaas 2026-11 cqrs-es stream v1";

/// The kind of the streams of an aggregate's type: `BankAccount` is `bank_account`.
pub(super) fn kind(aggregate_type: &str) -> Result<String, Refused> {
    let kind = snake(aggregate_type)?;
    if kind == LOG_KIND || kind == ORGANIZATION_KIND {
        return Err(refused(aggregate_type, "the log gives this kind a meaning of its own; name the type otherwise"));
    }
    if is_kind(&kind) { Ok(kind) } else { Err(refused(aggregate_type, TOO_LONG)) }
}

/// The name of an event: `MoneyDeposited` of `bank_account` is `bank_account.money_deposited`.
pub(super) fn event(kind: &str, event_type: &str) -> Result<String, Refused> {
    let event = format!("{kind}.{}", snake(event_type)?);
    if is_name(&event) { Ok(event) } else { Err(refused(event_type, TOO_LONG)) }
}

/// The stream of an aggregate instance. Type, id and owner are in it, so none of them can
/// meet another's; it says nothing of them, but who guesses them can tell.
pub(super) fn stream(owner: Owner, aggregate_type: &str, aggregate_id: &str) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key(STREAM);
    hasher.update(owner.unwrap_or_default().as_bytes());
    hasher.update(&(aggregate_type.len() as u64).to_be_bytes()).update(aggregate_type.as_bytes());
    hasher.update(aggregate_id.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

const TOO_LONG: &str = "with its aggregate's type it has more than 64 letters";

fn refused(name: &str, reason: &'static str) -> Refused {
    Refused::Name { name: name.to_owned(), reason }
}

/// Words in lowercase with `_` between them: a word begins at a capital letter and after
/// anything that is no letter or digit.
fn snake(name: &str) -> Result<String, Refused> {
    if !name.is_ascii() {
        return Err(refused(name, "it has letters outside of ASCII"));
    }
    let (bytes, mut out) = (name.as_bytes(), String::with_capacity(name.len() + 4));
    for (place, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let after_small = place > 0 && (bytes[place - 1].is_ascii_lowercase() || bytes[place - 1].is_ascii_digit());
        let before_small = bytes.get(place + 1).is_some_and(u8::is_ascii_lowercase);
        let begins = byte.is_ascii_uppercase() && (after_small || before_small);
        if begins && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(char::from(byte.to_ascii_lowercase()));
    }
    while out.ends_with('_') {
        out.pop();
    }
    match out.as_bytes().first() {
        Some(first) if first.is_ascii_lowercase() => Ok(out),
        Some(_) | None => Err(refused(name, "it does not begin with a letter")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_the_log_s() {
        for (name, expected) in [
            ("BankAccount", "bank_account"),
            ("customer", "customer"),
            ("HTTPRequest", "http_request"),
            ("Order2Placed", "order2_placed"),
            ("com.example.Order-V2", "com_example_order_v2"),
            ("__Started__", "started"),
        ] {
            assert_eq!(kind(name).unwrap(), expected);
        }
        assert_eq!(event("bank_account", "MoneyDeposited").unwrap(), "bank_account.money_deposited");
    }

    #[test]
    fn what_has_no_name_is_refused_with_the_reason() {
        for name in ["", "2Fast", "Größe", "Log", "organization", &"A".repeat(65), "--"] {
            assert!(matches!(kind(name), Err(Refused::Name { .. })), "{name}");
        }
        assert!(event(&"a".repeat(60), "Started").is_err());
    }

    #[test]
    fn no_two_instances_share_a_stream() {
        let owner = Some(Uuid::from_u128(1));
        let all = [
            stream(None, "a", "bc"),
            stream(None, "ab", "c"),
            stream(None, "a", "BC"),
            stream(owner, "a", "bc"),
            stream(None, "a", ""),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(one));
        }
        // A change here would lose every stream that was ever written. Another program found it.
        assert_eq!(all[0].to_string(), "da2465c7-e1e7-8f3d-a1e0-0dfd4b1ce26c");
    }
}
