//! Where an archive is.

use std::fmt;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};

use super::objects::Objects;

/// How long one request is tried again before whoever asked is told.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a text does not say where an archive is, or why it cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Not a place.
    #[error("{0}; an archive is a folder, as a path or file:///FOLDER, or s3://BUCKET/PREFIX")]
    NotAPlace(String),
    /// It cannot be used.
    #[error("the archive {place} cannot be used: {why}")]
    Unusable {
        /// The place.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// Where an archive is. Holds no credentials: those of an S3 API come from the environment
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, ...).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// Objects behind the S3 API.
    S3 {
        /// The bucket.
        bucket: String,
        /// What their names begin with, without a slash at either end; may be empty.
        prefix: String,
    },
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let not_a_place = |why: &str| PlaceError::NotAPlace(why.to_owned());
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b'_';
            if bucket.is_empty() || !bucket.bytes().all(is_name) {
                // Never printed: somebody may have written a secret there.
                return Err(not_a_place("the name of the bucket is not one; credentials come from the environment"));
            }
            let prefix = prefix.trim_matches('/').to_owned();
            Path::parse(&prefix).map_err(|error| PlaceError::NotAPlace(error.to_string()))?;
            return Ok(Self::S3 { bucket: bucket.to_owned(), prefix });
        }
        let path = match text.strip_prefix("file://") {
            Some(path) if path.starts_with('/') => path,
            Some(_) => return Err(not_a_place("after file:// comes a path from the root on")),
            None if text.contains("://") => return Err(not_a_place("archives of this kind are not known")),
            None => text,
        };
        if path.is_empty() {
            return Err(not_a_place("nothing was given"));
        }
        Ok(Self::Folder(PathBuf::from(path)))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl Place {
    /// Opens it to write: a folder is made where there is none, for its owner alone.
    pub fn to_write(&self) -> Result<Objects, PlaceError> {
        if let Self::Folder(path) = self {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.map_err(|error| self.unusable(error))?;
        }
        self.to_read()
    }

    /// Opens it to read.
    pub fn to_read(&self) -> Result<Objects, PlaceError> {
        let store: Arc<dyn ObjectStore> = match self {
            Self::Folder(path) => {
                let store = LocalFileSystem::new_with_prefix(path).map_err(|error| self.unusable(error))?;
                Arc::new(store.with_fsync(true))
            }
            Self::S3 { bucket, prefix } => {
                let retry = RetryConfig { max_retries: 5, retry_timeout: PATIENCE, ..RetryConfig::default() };
                let store = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build();
                Arc::new(PrefixStore::new(store.map_err(|error| self.unusable(error))?, prefix.as_str()))
            }
        };
        Ok(Objects::new(store, self.to_string()))
    }

    fn unusable(&self, error: impl fmt::Display) -> PlaceError {
        PlaceError::Unusable { place: self.to_string(), why: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        for (text, place) in [
            ("/var/archive", Place::Folder("/var/archive".into())),
            ("file:///var/archive", Place::Folder("/var/archive".into())),
            ("there", Place::Folder("there".into())),
            ("s3://bucket", Place::S3 { bucket: "bucket".into(), prefix: String::new() }),
            ("s3://bucket/a/b/", Place::S3 { bucket: "bucket".into(), prefix: "a/b".into() }),
        ] {
            assert_eq!(text.parse(), Ok(place), "{text}");
        }
        for bad in ["", "file://here", "gs://bucket/a", "s3://", "s3:///a", "s3://bucket/a//b", "https://a/b"] {
            assert!(matches!(bad.parse::<Place>(), Err(PlaceError::NotAPlace(_))), "{bad}");
        }
    }

    #[test]
    fn a_secret_in_the_place_is_refused_and_not_repeated() {
        let error = "s3://key:secret@bucket/a".parse::<Place>().expect_err("it has a secret").to_string();
        assert!(!error.contains("secret@") && error.contains("environment"), "{error}");
    }
}
