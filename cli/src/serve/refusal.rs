//! Why a server did not start, as one sentence that says what to do.

use std::io::{Error, ErrorKind};
use std::path::Path;

use gpuaas_api::StartError;

use super::directory;

/// Says it to the operator.
pub(super) fn sentence(error: &StartError, data: &Path) -> String {
    match error {
        StartError::Listen { address, source } if source.kind() == ErrorKind::AddrInUse => {
            if directory::told(data).is_some_and(|told| told == format!("http://{address}")) {
                return format!("another server is running on {} already; use it, or stop it first", data.display());
            }
            format!("something else listens on {address}; stop it, or give another address with --listen")
        }
        StartError::ListenForNodes { address, source } if source.kind() == ErrorKind::AddrInUse => {
            format!("something else listens on {address}; stop it, or give another address with --gateway-listen")
        }
        StartError::Data { path, source } => unusable(path, source),
        StartError::Keys(error) => unusable(&error.path, &error.source),
        StartError::Declare(_) | StartError::Admin(_) => {
            format!("{error}; see that {} has room and can be written to", data.display())
        }
        StartError::Listen { .. }
        | StartError::ListenForNodes { .. }
        | StartError::KeysMissing { .. }
        | StartError::Authority(_)
        | StartError::Gateway(_)
        | StartError::Store(_)
        | StartError::Open(_)
        | StartError::Origin(_)
        | StartError::Read(_)
        | StartError::LogKey(_)
        | StartError::NoArchive
        | StartError::Archive(_)
        | StartError::Checkpointer(_) => error.to_string(),
    }
}

fn unusable(path: &Path, source: &Error) -> String {
    let path = path.display();
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("there is no room for {path}: make some, or use another data directory")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("{path} cannot be written to: check its owner, its permissions and how it is mounted")
        }
        _ => format!("{path} cannot be used: {source}"),
    }
}
