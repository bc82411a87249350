//! Bounded texts that people choose.

/// Longest slug.
pub const MAX_SLUG: usize = 48;
/// Longest display name, in characters.
pub const MAX_DISPLAY_NAME: usize = 120;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not a slug.
    #[error(
        "{field} must be 1 to 48 characters: lowercase letters, digits and single hyphens, beginning with a letter"
    )]
    Slug {
        /// Which field.
        field: &'static str,
    },
    /// Empty, too long, or with control characters.
    #[error("{field} must be 1 to {max} characters, without control characters and without spaces at its ends")]
    Line {
        /// Which field.
        field: &'static str,
        /// Most characters.
        max: usize,
    },
    /// Not a label.
    #[error("{field} must be 1 to {max} characters: ASCII letters, digits, and any of _ - . : /")]
    Label {
        /// Which field.
        field: &'static str,
        /// Most characters.
        max: usize,
    },
}

impl TextError {
    /// The field that is refused.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Slug { field } | Self::Line { field, .. } | Self::Label { field, .. } => field,
        }
    }
}

/// A name for URLs and files: lowercase letters, digits and single hyphens.
pub fn slug(field: &'static str, text: &str) -> Result<(), TextError> {
    let well_formed = text
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    let begins_well = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if well_formed && begins_well && text.len() <= MAX_SLUG { Ok(()) } else { Err(TextError::Slug { field }) }
}

/// One line that is shown to people.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<(), TextError> {
    let length = text.chars().count();
    let clean = !text.chars().any(char::is_control) && text.trim() == text;
    if clean && (1..=max).contains(&length) { Ok(()) } else { Err(TextError::Line { field, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_single_hyphens_between_lowercase_parts() {
        for good in ["a", "acme", "acme-2", "a-b-c"] {
            assert!(slug("slug", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "2a", "a_b", "a b", "ä"] {
            assert!(slug("slug", bad).is_err(), "{bad}");
        }
        assert!(slug("slug", &"a".repeat(49)).is_err());
    }

    #[test]
    fn a_line_has_no_control_characters_and_a_bounded_length() {
        assert!(line("name", "Größe ✓", 7).is_ok());
        for bad in ["", " a", "a ", "a\nb", "a\0", "12345678"] {
            assert!(line("name", bad, 7).is_err(), "{bad:?}");
        }
    }
}
