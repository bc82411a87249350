//! Every typed id. They print as TypeIDs (`proj_01j…`; jetify-com/typeid, spec 0.3:
//! a prefix and the UUID in 26 characters of Crockford base32) and are stored as 16 bytes.
//! One identifier for another does not compile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Crockford's alphabet in lowercase, as TypeID has it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a UUID in it.
const LENGTH: usize = 26;

/// Why an id is refused that is well-formed: nothing has it.
pub const ALL_ZERO: &str = "all zero";

/// Why a text is not an id of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_01j…: {reason}")]
pub struct IdError {
    /// The prefix wanted.
    pub prefix: &'static str,
    /// What is wrong.
    pub reason: &'static str,
}

/// A UUID that knows what it identifies.
pub trait TypedId:
    Copy + Eq + std::hash::Hash + Ord + fmt::Debug + fmt::Display + FromStr<Err = IdError> + Send + Sync + 'static
{
    /// What the printed form begins with.
    const PREFIX: &'static str;
    /// Wraps.
    fn from_uuid(uuid: Uuid) -> Self;
    /// Unwraps.
    fn uuid(self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                print($prefix, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    Uuid::deserialize(deserializer).map(Self)
                }
            }
        }

        #[cfg(feature = "schemas")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                if is_shown(generator) { shown_id::<Self>() } else { bytes_schema(16) }
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )+};
}

ids! {
    /// An organization (tenant).
    OrganizationId = "org";
    /// A project of an organization.
    ProjectId = "proj";
    /// A person.
    UserId = "user";
    /// A person's role in an organization or a project.
    MembershipId = "mem";
    /// A machine identity of a project.
    ServiceAccountId = "sa";
    /// A secret of a service account.
    SecretId = "sec";
    /// A token; never the token itself.
    TokenId = "tok";
    /// What an actor was denied.
    AccessId = "acc";
    /// A machine that runs workloads.
    NodeId = "node";
    /// A single-use enrollment token; never the token itself.
    EnrollmentId = "enr";
    /// One thing a node is told to do.
    TaskId = "task";
    /// Slots of a node, held for somebody.
    AllocationId = "alloc";
    /// A workload.
    InstanceId = "inst";
    /// A connection through a node's agent to a workload.
    TunnelId = "tun";
    /// A question to an agent that is answered once and recorded nowhere.
    RequestId = "req";
    /// What can be allocated, and has a price per hour.
    SkuId = "sku";
    /// An app of the catalog.
    AppId = "app";
    /// A version of an app, with its manifest.
    AppVersionId = "appv";
    /// An image that an app may run.
    ArtifactId = "art";
    /// A project's right to launch an app.
    EntitlementId = "ent";
    /// A unit in which a product measures usage.
    UsageUnitId = "unit";
    /// Usage that a product reported.
    UsageEventId = "use";
    /// Prices with the times from which they hold.
    PriceBookId = "pbook";
    /// A bill for an interval.
    InvoiceId = "inv";
    /// A bundle of evidence.
    EvidenceBundleId = "evb";
    /// A proof in a bundle of evidence.
    EvidenceItemId = "evi";
    /// A place that events are sent to.
    WebhookId = "hook";
    /// A key that signs what is sent to a webhook; never the key itself.
    WebhookKeyId = "hkey";
}

/// How a `bin` of so many bytes stands in the JSON Schema of a payload (log format, section 1).
#[cfg(feature = "schemas")]
#[must_use]
pub fn bytes_schema(size: usize) -> schemars::Schema {
    let length = size.div_ceil(3) * 4;
    schemars::json_schema!({
        "type": "string", "contentEncoding": "base64", "minLength": length, "maxLength": length
    })
}

/// Whether a schema is of what the outside is shown, as JSON; otherwise it is of what the log holds.
/// Both come from the same types: what is shown is schemars' contract of what is serialized.
#[cfg(feature = "schemas")]
pub(crate) fn is_shown(generator: &schemars::SchemaGenerator) -> bool {
    generator.contract().is_serialize()
}

/// How an id stands in JSON.
#[cfg(feature = "schemas")]
pub(crate) fn shown_id<I: TypedId>() -> schemars::Schema {
    let pattern = format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", I::PREFIX);
    schemars::json_schema!({"type": "string", "pattern": pattern})
}

fn print(prefix: &str, uuid: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = uuid.as_u128();
    let mut text = [0u8; LENGTH];
    for (index, character) in text.iter_mut().enumerate() {
        let shift = 5 * (LENGTH - 1 - index);
        *character = ALPHABET[(number >> shift & 0x1f) as usize];
    }
    write!(f, "{prefix}_{}", std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let error = |reason| IdError { prefix, reason };
    let digits = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(error("another prefix"))?;
    if digits.len() != LENGTH {
        return Err(error("not 26 characters after the prefix"));
    }
    if digits.as_bytes()[0] > b'7' {
        return Err(error("more than 128 bits"));
    }
    let number = digits.bytes().try_fold(0u128, |number, digit| {
        let value = ALPHABET.iter().position(|known| *known == digit).ok_or(error("a character outside base32"))?;
        Ok(number << 5 | value as u128)
    })?;
    match Uuid::from_u128(number) {
        uuid if uuid.is_nil() => Err(error(ALL_ZERO)),
        uuid => Ok(uuid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_as_the_typeid_specification_says() {
        // The specification's example: 01889c89-df6b-7f1c-a388-91396ec314bc.
        let id = ProjectId::from_uuid(Uuid::from_u128(0x01889c89_df6b_7f1c_a388_91396ec314bc));
        assert_eq!(id.to_string(), "proj_01h2e8kqvbfwea724h75qc655w");
        assert_eq!("proj_01h2e8kqvbfwea724h75qc655w".parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        for text in [
            "org_01h2e8kqvbfwea724h75qc655w",
            "proj_",
            "proj_81h2e8kqvbfwea724h75qc655w",
            "proj_00000000000000000000000000",
            "proj_01H2E8KQVBFWEA724H75QC655W",
        ] {
            assert!(text.parse::<ProjectId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_text_in_json_and_bytes_in_the_log() {
        let id = UserId::from_uuid(Uuid::from_u128(7));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        let bytes = rmp_serde::to_vec(&id).unwrap();
        assert_eq!(bytes[..2], [0xc4, 16]);
        assert_eq!(rmp_serde::from_slice::<UserId>(&bytes).unwrap(), id);
    }
}
