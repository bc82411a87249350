//! Every file of the tree, read once.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// A folder of build output or of somebody else's packages.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "__pycache__", "venv"];

/// One file.
pub(crate) struct File {
    /// Its path from the root, with `/` between names.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl File {
    /// Its text, or nothing where it is not text.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The folders of its path and its name.
    pub(crate) fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.path.split('/')
    }
}

/// Reads the tree, without hidden files and what is not ours.
pub(crate) fn read(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    read_into(&mut files, root, "")?;
    ensure!(!files.is_empty(), "there is no file under {}", root.display());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_into(files: &mut Vec<File>, folder: &Path, above: &str) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file's name is not text")?;
        if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        let kind = entry.file_type()?;
        let path = format!("{above}{name}");
        if kind.is_dir() {
            read_into(files, &entry.path(), &format!("{path}/"))?;
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
            files.push(File { path, bytes });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn file(path: &str, text: &str) -> File {
    File { path: path.into(), bytes: text.into() }
}
