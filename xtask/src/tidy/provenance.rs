//! Generated code says so in its first line, so that nobody edits it by hand.

use super::tree::File;

/// A fault where a file of a `generated` folder, or one named so, does not say it.
pub(crate) fn fault(file: &File) -> Option<String> {
    let says = file.text().and_then(|text| text.lines().next()).is_some_and(|line| line.contains("generated"));
    (is_generated(file) && !says).then(|| format!("{}: its first line does not say that it is generated", file.path))
}

/// Whether the file's name, or that of a folder above it, is `generated`.
pub(crate) fn is_generated(file: &File) -> bool {
    file.segments().any(|name| name.split('.').any(|part| part == "generated"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::fault;

    #[test]
    fn generated_code_says_so_first() {
        assert!(fault(&file("sdk/rust/src/generated/client.rs", "use serde;\n")).is_some());
        assert!(fault(&file("sdk/rust/src/client.generated.rs", "use serde;\n// generated\n")).is_some());
        assert!(fault(&file("sdk/rust/src/generated.rs", "// @generated from schemas/openapi.json\n")).is_none());
        assert!(fault(&file("sdk/rust/src/lib.rs", "//! The client.\n")).is_none());
    }
}
