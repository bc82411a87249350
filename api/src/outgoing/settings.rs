//! Where images may come from, as the operator lists it.

use std::net::IpAddr;
use std::str::FromStr;

use gpuaas_domain::launch_checks::Environment;

/// Where images may come from.
#[derive(Debug, Clone, Default)]
pub struct Images {
    /// Registries that are asked, and that images may come from. None else are.
    pub registries: Vec<ListedRegistry>,
    /// Whether images of a node's own engine may run.
    pub local_images: bool,
}

impl Images {
    /// What launches are checked against.
    #[must_use]
    pub fn environment(&self) -> Environment {
        let hosts = self.registries.iter().map(|listed| listed.host.clone()).collect();
        Environment { registries: Some(hosts), ..Environment::first(self.local_images) }
    }
}

/// A registry that the operator lists: `https://ghcr.io` or `http://127.0.0.1:5000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRegistry {
    /// Its host as images name it, with a port if they do.
    pub host: String,
    /// Whether it speaks HTTP without TLS.
    pub plain: bool,
    /// Whether its address may be a private one.
    pub private: bool,
}

/// A text lists no registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a registry is https://host or http://host, with a port if it has one, such as http://127.0.0.1:5000")]
pub struct ListedRegistryError;

impl FromStr for ListedRegistry {
    type Err = ListedRegistryError;

    /// Whoever lists a registry without TLS, or by its address, knows where it is.
    fn from_str(text: &str) -> Result<Self, ListedRegistryError> {
        let (plain, host) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(host), _) => (false, host),
            (None, Some(host)) => (true, host),
            (None, None) => return Err(ListedRegistryError),
        };
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        if host.is_empty() || !host.bytes().all(sound) {
            return Err(ListedRegistryError);
        }
        let name = host.split(':').next().unwrap_or_default();
        let private = plain || name.parse::<IpAddr>().is_ok();
        Ok(Self { host: host.to_owned(), plain, private })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_listed_by_scheme_and_host() {
        let listed = |host: &str, plain, private| Ok(ListedRegistry { host: host.to_owned(), plain, private });
        assert_eq!("https://ghcr.io".parse(), listed("ghcr.io", false, false));
        assert_eq!("http://registry.local:5000".parse(), listed("registry.local:5000", true, true));
        assert_eq!("https://10.0.0.7".parse(), listed("10.0.0.7", false, true));
        for bad in ["ghcr.io", "https://", "https://ghcr.io/team", "ftp://ghcr.io", "https://user@ghcr.io"] {
            assert_eq!(bad.parse::<ListedRegistry>(), Err(ListedRegistryError), "{bad}");
        }
    }

    #[test]
    fn images_come_from_listed_registries_alone() {
        let images = Images { registries: vec!["https://ghcr.io".parse().unwrap()], local_images: false };
        let known = images.environment().registries.unwrap();
        assert!(known.contains("ghcr.io") && !known.contains("docker.io"));
    }
}
