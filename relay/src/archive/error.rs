//! Why the archive was not written.

use gpuaas_log::store::StoreError;

/// Where machines of Amazon's ask for credentials.
const AMAZONS_MACHINES: &str = "http://169.254.169.254/";

/// Why the archive was not written, or not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The object store cannot be reached, or refuses. Another try can help.
    #[error("the archive cannot be reached: {0}")]
    Unavailable(String),
    /// An object is not what was written.
    #[error("the archive's object {name} is not what was written: {why}")]
    Altered {
        /// The object.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The archive holds another history than the log.
    #[error(
        "the archive holds another history than this log: its object {name} differs from the log at entry {position}; \
         archive this log in another place"
    )]
    AnotherHistory {
        /// The object that shows it.
        name: String,
        /// The first entry that differs.
        position: u64,
    },
    /// The archive holds entries that the log has not.
    #[error(
        "the archive holds entry {archived} and the log ends at {log}: the log lost entries; restore it from the \
         archive, or archive it in another place"
    )]
    LogIsBehind {
        /// The archive's last entry.
        archived: u64,
        /// The log's.
        log: u64,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ArchiveError {
    /// Whether another try can help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Store(StoreError::Damaged(_)) => false,
            Self::Store(_) => true,
            Self::Altered { .. } | Self::AnotherHistory { .. } | Self::LogIsBehind { .. } => false,
        }
    }
}

impl From<object_store::Error> for ArchiveError {
    fn from(error: object_store::Error) -> Self {
        let why = error.to_string();
        // Whoever runs on a machine of Amazon's may have credentials from there; all others forgot them.
        Self::Unavailable(match why.contains(AMAZONS_MACHINES) {
            true => format!(
                "there are no credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and this machine gives none: \
                 {why}"
            ),
            false => why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_forgot_the_credentials_is_told_so() {
        let of = |text: &str| {
            let source = Box::<dyn std::error::Error + Send + Sync>::from(text);
            ArchiveError::from(object_store::Error::Generic { store: "S3", source }).to_string()
        };
        let forgotten = of("Error performing PUT http://169.254.169.254/latest/api/token");
        assert!(forgotten.contains("no credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{forgotten}");
        assert!(!of("connection refused").contains("credentials"));
    }
}
