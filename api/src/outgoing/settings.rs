//! Where images may come from, as the operator lists it.

use std::net::IpAddr;
use std::str::FromStr;

use gpuaas_domain::bounded::Text;
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
        let logins = self.registries.iter().filter_map(|listed| Some((listed.host.clone(), listed.login.clone()?)));
        Environment { registries: Some(hosts), logins: logins.collect(), ..Environment::first(self.local_images) }
    }
}

/// A registry that the operator lists: `https://ghcr.io` or `http://127.0.0.1:5000`, and
/// `https://robot@ghcr.io` where the key store's credential `robot` logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRegistry {
    /// Its host as images name it, with a port if they do.
    pub host: String,
    /// Whether it speaks HTTP without TLS.
    pub plain: bool,
    /// Whether its address may be a private one.
    pub private: bool,
    /// The credential that logs in; `None`: it takes everybody.
    pub login: Option<Text<120>>,
}

/// A text lists no registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a registry is https://host or http://host, with a port if it has one, such as http://127.0.0.1:5000, and with credential@ before the host if it takes a login"
)]
pub struct ListedRegistryError;

impl FromStr for ListedRegistry {
    type Err = ListedRegistryError;

    /// Whoever lists a registry without TLS, or by its address, knows where it is.
    fn from_str(text: &str) -> Result<Self, ListedRegistryError> {
        let (plain, place) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(place), _) => (false, place),
            (None, Some(place)) => (true, place),
            (None, None) => return Err(ListedRegistryError),
        };
        let (login, host) = match place.split_once('@') {
            Some((login, host)) => (Some(Text::new(login).map_err(|_| ListedRegistryError)?), host),
            None => (None, place),
        };
        if login.as_ref().is_some_and(|login| login.is_empty()) {
            return Err(ListedRegistryError);
        }
        let sound = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        if host.is_empty() || !host.bytes().all(sound) {
            return Err(ListedRegistryError);
        }
        let name = host.split(':').next().unwrap_or_default();
        let private = plain || name.parse::<IpAddr>().is_ok();
        Ok(Self { host: host.to_owned(), plain, private, login })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_listed_by_scheme_and_host() {
        let listed =
            |host: &str, plain, private| Ok(ListedRegistry { host: host.to_owned(), plain, private, login: None });
        assert_eq!("https://ghcr.io".parse(), listed("ghcr.io", false, false));
        assert_eq!("http://registry.local:5000".parse(), listed("registry.local:5000", true, true));
        assert_eq!("https://10.0.0.7".parse(), listed("10.0.0.7", false, true));
        for bad in ["ghcr.io", "https://", "https://ghcr.io/team", "ftp://ghcr.io", "https://@ghcr.io"] {
            assert_eq!(bad.parse::<ListedRegistry>(), Err(ListedRegistryError), "{bad}");
        }
    }

    #[test]
    fn images_come_from_listed_registries_alone() {
        let images = Images { registries: vec!["https://ghcr.io".parse().unwrap()], local_images: false };
        let known = images.environment().registries.unwrap();
        assert!(known.contains("ghcr.io") && !known.contains("docker.io"));
    }

    #[test]
    fn a_registry_that_takes_a_login_names_the_credential() {
        let listed: ListedRegistry = "https://robot@ghcr.io".parse().unwrap();
        assert_eq!((listed.host.as_str(), listed.login.as_deref()), ("ghcr.io", Some("robot")));
        let images = Images { registries: vec![listed], local_images: false };
        assert_eq!(images.environment().logins["ghcr.io"].as_str(), "robot");
    }
}
