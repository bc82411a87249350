//! Python packages that are to be installed when a workload starts: names with version
//! specifiers (PEP 440, PEP 508), each a single token. Nothing that an installer would
//! take for an option, a path or an address gets through.

/// Longest specifier.
const MAX_TOKEN: usize = 200;
/// Most specifiers.
const MAX_PACKAGES: usize = 64;

/// Why a list of packages is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Not a name with versions.
    #[error("{0:?} is no package; write a name and versions without spaces, like numpy==2.4.4 or pandas>=2.2")]
    Token(String),
    /// Too many.
    #[error("{0} packages are more than {MAX_PACKAGES}; put them into an image instead")]
    Many(usize),
}

/// The specifiers of a list that is separated by spaces or lines.
pub fn packages(text: &str) -> Result<Vec<String>, PackageError> {
    let tokens: Vec<&str> = text.split_ascii_whitespace().collect();
    if tokens.len() > MAX_PACKAGES {
        return Err(PackageError::Many(tokens.len()));
    }
    match tokens.iter().find(|token| !is_specifier(token)) {
        Some(token) => Err(PackageError::Token(token.chars().take(MAX_TOKEN).collect())),
        None => Ok(tokens.into_iter().map(str::to_owned).collect()),
    }
}

fn is_specifier(token: &str) -> bool {
    let versions_from = token.find(['=', '<', '>', '~', '!']).unwrap_or(token.len());
    let (named, versions) = token.split_at(versions_from);
    let (name, extras) = match named.split_once('[') {
        Some((name, rest)) => (name, rest.strip_suffix(']')),
        None => (named, Some("")),
    };
    let extras = extras.is_some_and(|extras| named == name || extras.split(',').all(is_name));
    let versions = versions.is_empty() || versions.split(',').all(is_version_clause);
    token.len() <= MAX_TOKEN && is_name(name) && extras && versions
}

/// Letters and digits, with `.`, `_` and `-` between them.
fn is_name(name: &str) -> bool {
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    ends_well(bytes.first()) && ends_well(bytes.last()) && bytes.iter().all(inside)
}

fn is_version_clause(clause: &str) -> bool {
    const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
    let version = OPERATORS.iter().find_map(|operator| clause.strip_prefix(operator)).unwrap_or_default();
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b".*+!_-".contains(&byte);
    version.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && version.bytes().all(inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_with_versions_are_packages() {
        let list = "numpy==2.4.4 pandas>=2.2\ntorch~=2.9 scikit-learn uvicorn[standard]>=0.30,<1 a!=1.*";
        assert_eq!(packages(list).unwrap().len(), 6);
        assert_eq!(packages(" \n").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn options_paths_and_addresses_are_no_packages() {
        for bad in [
            "-r",
            "--index-url=x",
            "./here",
            "/etc",
            "git+https://x/y",
            "a@https://x",
            "a;b",
            "a==",
            "a=1",
            "a[",
            "a[]",
            "a]",
            "$HOME",
            "`id`",
            "a==1 -e",
            "a==-1",
            "é",
        ] {
            assert!(packages(bad).is_err(), "{bad}");
        }
        assert!(matches!(packages(&"a ".repeat(65)), Err(PackageError::Many(65))));
    }

    proptest! {
        #[test]
        fn what_gets_through_is_never_an_option(text in "\\PC{0,60}") {
            for package in packages(&text).unwrap_or_default() {
                prop_assert!(package.as_bytes()[0].is_ascii_alphanumeric());
                prop_assert!(!package.contains(['/', '@', ';', ' ', '$', '`', '\\']));
            }
        }
    }
}
