//! The reasons that a manifest gives for its dependencies.

/// Whether a comment stands directly above the dependency's line.
pub(crate) fn is_given(manifest: &str, dependency: &str) -> bool {
    let lines: Vec<&str> = manifest.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| pair[0].starts_with('#') && declares(pair[1], dependency))
}

/// Whether the line is `name = …` or `name.workspace = …`.
fn declares(line: &str, dependency: &str) -> bool {
    line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
}
