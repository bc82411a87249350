//! What a server leaves in its data directory for the commands on the same machine.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::LISTEN;

/// The file that says where the server listens.
const ADDRESS: &str = "address";

/// Where the server on a data directory is, or would usually be.
pub(crate) fn address(data: &Path) -> String {
    told(data).unwrap_or_else(|| format!("http://{}", LISTEN.default))
}

/// Where the last server on a data directory said that it is.
pub(super) fn told(data: &Path) -> Option<String> {
    let text = std::fs::read_to_string(data.join(ADDRESS)).ok()?;
    Some(text.trim().to_owned()).filter(|address| !address.is_empty())
}

/// Says where the server is.
pub(super) fn tell(data: &Path, address: &str) -> io::Result<()> {
    // Whole or not at all: somebody may be reading it.
    let unfinished = data.join(format!("{ADDRESS}.new"));
    std::fs::write(&unfinished, format!("{address}\n"))?;
    std::fs::rename(unfinished, data.join(ADDRESS))
}

/// Says that no server is there any more.
pub(super) fn forget(data: &Path) -> io::Result<()> {
    std::fs::remove_file(data.join(ADDRESS))
}

/// The file with the operator's token.
pub(crate) fn admin_token(data: &Path) -> PathBuf {
    data.join("admin.token")
}

#[cfg(test)]
mod tests {
    use super::{address, forget, tell};

    #[test]
    fn an_address_is_told_until_it_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(address(data.path()), "http://127.0.0.1:7070");
        tell(data.path(), "http://127.0.0.1:7171").unwrap();
        assert_eq!(address(data.path()), "http://127.0.0.1:7171");
        forget(data.path()).unwrap();
        assert_eq!(address(data.path()), "http://127.0.0.1:7070");
    }
}
