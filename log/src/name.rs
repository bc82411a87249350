//! The three shapes of identifiers that the format allows (section 1).

/// Longest name, in bytes.
pub const MAX_NAME: usize = 64;
/// Longest rule id, in bytes.
pub const MAX_RULE: usize = 128;

/// `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*`, at most 64 bytes.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && text.split('.').all(is_part)
}

/// A name without a dot.
#[must_use]
pub fn is_kind(text: &str) -> bool {
    text.len() <= MAX_NAME && is_part(text)
}

/// `[A-Za-z0-9_.:-]{1,128}`.
#[must_use]
pub fn is_rule(text: &str) -> bool {
    (1..=MAX_RULE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
}

/// Whether an event's name begins with its stream's kind and a dot.
#[must_use]
pub fn event_is_of_kind(event: &str, kind: &str) -> bool {
    event.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
}

fn is_part(part: &str) -> bool {
    let mut bytes = part.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_lowercase_parts_between_single_dots() {
        for good in ["a", "node", "node.enrolled", "a1_.b_2"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "A", "1a", "_a", "a-b", "é"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name(&"a".repeat(64)) && !is_name(&"a".repeat(65)));
        assert!(is_kind("node") && !is_kind("node.enrolled"));
    }

    #[test]
    fn an_event_begins_with_its_kind_and_a_dot() {
        assert!(event_is_of_kind("node.enrolled", "node"));
        assert!(!event_is_of_kind("nodes.enrolled", "node"));
        assert!(!event_is_of_kind("node", "node"));
    }
}
