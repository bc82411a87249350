//! Names of images. Only digests run: a tag can mean something else tomorrow.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It ends with a tag, or with nothing.
    #[error("the image is named by a tag; name it by its manifest digest, registry/name@sha256:…")]
    Tag,
    /// It is none of ours.
    #[error("an image's name is registry/path@sha256:<64 hex digits>")]
    Malformed,
}

/// An image by its manifest digest: `registry/path@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    /// `registry/path`, the registry with a dot, a port, or `localhost`.
    repository: String,
    /// `sha256:…`.
    digest: ConfigDigest,
}

impl ImageReference {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let (repository, digest) = text.split_once('@').ok_or(ReferenceError::Tag)?;
        let digest = digest.parse().map_err(|_| ReferenceError::Malformed)?;
        let (registry, path) = repository.split_once('/').ok_or(ReferenceError::Malformed)?;
        let names_host = registry == "localhost" || registry.contains(['.', ':']);
        if path.contains(':') {
            return Err(ReferenceError::Tag);
        }
        let sound = |part: &str| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
            !part.is_empty() && part.bytes().all(allowed) && part != ".." && part != "."
        };
        let host_sound = registry.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        let well_formed = names_host && host_sound && path.split('/').all(sound);
        well_formed.then(|| Self { repository: repository.to_owned(), digest }).ok_or(ReferenceError::Malformed)
    }

    /// `registry/path`.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The registry's host, with its port if it has one.
    #[must_use]
    pub fn registry(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }

    /// `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.as_str()
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.digest)
    }
}

/// A `sha256:` digest: of an image's manifest, or of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ConfigDigest(String);

impl ConfigDigest {
    /// `sha256:…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConfigDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ConfigDigest {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let hex = text.strip_prefix("sha256:").ok_or(ReferenceError::Malformed)?;
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let well_formed = hex.len() == 64 && hex.bytes().all(digit);
        well_formed.then(|| Self(text.to_owned())).ok_or(ReferenceError::Malformed)
    }
}

impl<'de> Deserialize<'de> for ConfigDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl schemars::JsonSchema for ConfigDigest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ConfigDigest".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"})
    }
    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_by_its_digest() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        for name in ["127.0.0.1:5000/app", "registry.example.org/team/app", "localhost/app"] {
            let text = format!("{name}@{digest}");
            let reference = ImageReference::parse(&text).unwrap();
            assert_eq!((reference.repository(), reference.digest()), (name, digest.as_str()));
            assert_eq!(reference.to_string(), text);
        }
    }

    #[test]
    fn a_tag_is_refused_as_one() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        for tag in ["127.0.0.1:5000/app:latest", "127.0.0.1:5000/app", &format!("127.0.0.1:5000/app:4@{digest}")] {
            assert_eq!(ImageReference::parse(tag), Err(ReferenceError::Tag), "{tag}");
        }
    }

    #[test]
    fn a_name_without_a_registry_or_with_another_digest_is_refused() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        let bad = [
            "app@",
            "r.io/app@sha512:00",
            "r.io/app@sha256:A1",
            "r.io/App@",
            "r.io/a/../b@",
            "r .io/a@",
            "library/app@",
        ];
        for name in bad {
            let text = if name.ends_with('@') { format!("{name}{digest}") } else { name.to_owned() };
            assert_eq!(ImageReference::parse(&text), Err(ReferenceError::Malformed), "{text}");
        }
    }
}
