//! Manifests in files, as YAML or JSON.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use crate::output::Failure;

/// Reads a manifest from a file, or with `-` from standard input.
pub(super) fn read(file: &Path) -> Result<Value, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let wrong = |error: &dyn std::fmt::Display| Failure::Usage(format!("the manifest in {}: {error}", file.display()));
    parse(&text.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))
}

/// YAML, of which JSON is a part. What is there twice is refused, and not taken once.
fn parse(text: &str) -> Result<Value, String> {
    let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_value(yaml).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn yaml_and_json_say_the_same() {
        let expected = json!({"profile": {"slug": "hello", "on": true, "port": 8080}});
        assert_eq!(parse("profile:\n  slug: hello\n  on: true\n  port: 8080\n"), Ok(expected.clone()));
        assert_eq!(parse(&expected.to_string()), Ok(expected));
    }

    #[test]
    fn what_is_there_twice_is_refused() {
        for text in ["a: 1\na: 2\n", r#"{"a": 1, "a": 2}"#, "a: [1\n"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
