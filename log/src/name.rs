//! The three shapes of identifiers that the format allows (section 1).

/// Longest name, in bytes.
pub const MAX_NAME: usize = 64;
/// Longest rule id, in bytes.
pub const MAX_RULE: usize = 128;

/// `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*`, at most 64 bytes.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && parts(text).is_some()
}

/// A name without a dot.
#[must_use]
pub fn is_kind(text: &str) -> bool {
    text.len() <= MAX_NAME && parts(text) == Some(1)
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

/// Number of parts between dots, if each is `[a-z][a-z0-9_]*`.
fn parts(text: &str) -> Option<usize> {
    let (mut parts, mut begins) = (1, true);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' => begins = false,
            b'0'..=b'9' | b'_' if !begins => {}
            b'.' if !begins => {
                parts += 1;
                begins = true;
            }
            _ => return None,
        }
    }
    (!begins).then_some(parts)
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
