//! The error catalog, `schemas/errors.yaml`: what each code means and what to do about it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gpuaas_domain::Code;
use serde::Deserialize;

/// What the catalog says of a code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// HTTP status.
    pub status: u16,
    /// Whether the same request may succeed later, unchanged.
    pub retryable: bool,
    /// What happened.
    pub meaning: String,
    /// What the caller does about it.
    pub action: String,
}

static CATALOG: LazyLock<BTreeMap<String, Explanation>> = LazyLock::new(|| {
    serde_yaml_ng::from_str(include_str!("../../../schemas/errors.yaml")).expect("the catalog is tested")
});

/// What the catalog says of a code.
#[must_use]
pub fn explain(code: Code) -> &'static Explanation {
    CATALOG.get(code.as_str()).expect("a test keeps the catalog and the codes equal")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::status;

    #[test]
    fn the_catalog_and_the_codes_are_the_same_set() {
        let catalog: BTreeSet<&str> = CATALOG.keys().map(String::as_str).collect();
        let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(catalog, codes);
    }

    #[test]
    fn the_catalog_has_the_statuses_that_are_answered() {
        for code in Code::ALL {
            let (status, retryable) = status::of(*code);
            let explanation = explain(*code);
            assert_eq!((explanation.status, explanation.retryable), (status.as_u16(), retryable), "{code}");
        }
    }

    #[test]
    fn every_explanation_is_sentences() {
        for code in Code::ALL {
            let explanation = explain(*code);
            for text in [&explanation.meaning, &explanation.action] {
                assert!(text.len() > 15 && text.trim_end().ends_with('.'), "{code}: {text}");
            }
        }
    }
}
