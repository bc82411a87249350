//! What a registry wants to know of whoever asks: a token of another place, as the
//! distribution's specification of token authentication says.

use reqwest::Url;

/// `Bearer realm="…",service="…",scope="…"` (RFC 6750, section 3).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    /// Reads the header; `None` where no token is wanted.
    pub(super) fn read(header: &str) -> Option<Self> {
        let (scheme, mut rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"')?;
            match name.trim_matches([' ', ',']) {
                "realm" => realm = Some(value.to_owned()),
                "service" => service = Some(value.to_owned()),
                "scope" => scope = Some(value.to_owned()),
                // Others may be there; they say nothing about where and what to ask.
                _ => {}
            }
            rest = after;
        }
        Some(Self { realm: realm?, service, scope })
    }

    /// Where to ask for the token.
    pub(super) fn url(&self) -> Option<Url> {
        let mut url: Url = self.realm.parse().ok()?;
        let wanted = [("service", &self.service), ("scope", &self.scope)];
        let wanted = wanted.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        url.query_pairs_mut().extend_pairs(wanted);
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_says_where_tokens_are() {
        let header =
            "Bearer realm=\"https://auth.example.org/token\",service=\"r.io\",scope=\"repository:team/a,b:pull\"";
        let url = Challenge::read(header).unwrap().url().unwrap();
        let expected = "https://auth.example.org/token?service=r.io&scope=repository%3Ateam%2Fa%2Cb%3Apull";
        assert_eq!(url.as_str(), expected);
    }

    #[test]
    fn what_wants_no_token_is_no_challenge() {
        for header in ["Basic realm=\"r.io\"", "Bearer", "Bearer service=\"r.io\"", "Bearer realm=\"open"] {
            assert_eq!(Challenge::read(header), None, "{header}");
        }
    }
}
