//! The `T` section: what the export is of.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::encoding::MAX_INTEGER;

/// Whose entries an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// All.
    Whole,
    /// Those of one organization.
    Owner(Uuid),
}

/// What an export says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Whose entries it holds.
    pub kind: ExportKind,
    /// The log's id.
    pub log_id: Uuid,
    /// The log's name for the outside.
    pub origin: String,
    /// Number of entries of the log.
    pub size: u64,
}

/// The members in the order of RFC 8785, so that serializing is canonical.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    kind: String,
    log_id: String,
    origin: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    owner: Option<String>,
    size: u64,
}

impl Header {
    /// The section's body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, owner) = match self.kind {
            ExportKind::Whole => ("whole", None),
            ExportKind::Owner(owner) => ("owner", Some(hex(owner))),
        };
        let json = Json {
            kind: kind.to_owned(),
            log_id: hex(self.log_id),
            origin: self.origin.clone(),
            owner,
            size: self.size,
        };
        serde_json::to_vec(&json).expect("strings and an integer always serialize")
    }

    /// Reads the section's body; `None` unless it is exactly what [`encode`](Self::encode)
    /// writes.
    #[must_use]
    pub fn decode(body: &[u8]) -> Option<Self> {
        let json: Json = serde_json::from_slice(body).ok()?;
        let kind = match (&*json.kind, &json.owner) {
            ("whole", None) => ExportKind::Whole,
            ("owner", Some(owner)) => ExportKind::Owner(id(owner)?),
            _ => return None,
        };
        let header = Self { kind, log_id: id(&json.log_id)?, origin: json.origin, size: json.size };
        (header.size <= MAX_INTEGER && header.encode() == body).then_some(header)
    }
}

fn hex(id: Uuid) -> String {
    id.as_simple().to_string()
}

fn id(hex: &str) -> Option<Uuid> {
    Uuid::try_parse(hex).ok().filter(|id| !id.is_nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_in_its_canonical_form_alone() {
        let header = Header {
            kind: ExportKind::Owner(Uuid::from_u128(0xab)),
            log_id: Uuid::from_u128(0xcd),
            origin: "example.org/\"ä".to_owned(),
            size: 7,
        };
        let good = String::from_utf8(header.encode()).expect("JSON is UTF-8");
        assert_eq!(Header::decode(good.as_bytes()), Some(header));
        for (from, to) in [
            ("ab\"", "AB\""),
            (":7", ":7.0"),
            (":7", ": 7"),
            (":7", ":9007199254740992"),
            ("\"kind\":\"owner\"", "\"kind\":\"whole\""),
            ("ä", "\\u00e4"),
            ("{", "{\"extra\":1,"),
            ("0000000000000000000000000000ab", "000000000000000000000000000000"),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good, "{from} is there");
            assert_eq!(Header::decode(bad.as_bytes()), None, "{bad}");
        }
    }
}
