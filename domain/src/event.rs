//! Events: a closed set per aggregate, each with a name, a version of its shape, and
//! fields that are frozen once released.

use serde::{Deserializer, Serialize, Serializer};

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No event of this name and version is known: a newer program wrote it.
    #[error("unknown event {event} version {schema}: this program is older than the log")]
    Unknown {
        /// The event's name.
        event: String,
        /// The version of its shape.
        schema: u64,
    },
    /// The fields do not fit the shape.
    #[error("{event} version {schema}: {reason}")]
    Malformed {
        /// The event's name.
        event: String,
        /// The version of its shape.
        schema: u64,
        /// What the deserializer says.
        reason: String,
    },
}

/// What the log declares of an event's version.
#[derive(Debug, Clone)]
pub struct SchemaEntry {
    /// The event's name.
    pub event: &'static str,
    /// The version of its shape.
    pub schema: u64,
    /// Top-level fields that hold digests of blobs, sorted.
    pub blobs: &'static [&'static str],
    /// JSON Schema of the fields as the log holds them.
    #[cfg(feature = "schemas")]
    pub json_schema: fn() -> schemars::Schema,
    /// JSON Schema of the fields as the outside is shown them.
    #[cfg(feature = "schemas")]
    pub shown_schema: fn() -> schemars::Schema,
}

/// JSON Schema of a type as the outside is shown it: one piece, with nothing to look up elsewhere.
#[cfg(feature = "schemas")]
pub(crate) fn shown_schema<T: schemars::JsonSchema>() -> schemars::Schema {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    settings.into_generator().into_root_schema_for::<T>()
}

/// The fields of an event, for a serializer.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'e, E>(pub &'e E);

impl<E: EventSet> Serialize for Fields<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_fields(serializer)
    }
}

/// The events of one aggregate.
pub trait EventSet: Sized + Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static {
    /// Its name, `kind.verb_past`.
    fn name(&self) -> &'static str;

    /// The version of the shape that is written today.
    fn schema(&self) -> u64;

    /// Serializes the fields alone.
    fn serialize_fields<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the fields of any version ever released, as today's shape.
    fn deserialize_fields<'de, D: Deserializer<'de>>(
        event: &str,
        schema: u64,
        deserializer: D,
    ) -> Result<Self, DecodeError>;

    /// Every event and version, for the log's declarations and the golden bytes.
    fn schemas() -> Vec<SchemaEntry>;
}

/// Declares the events of an aggregate.
///
/// `Variant(Fields) = "kind.verb_past", 1` writes version 1. After a change,
/// `Variant(Fields) = "kind.verb_past", 2, was [1 => v1::Fields]` still reads
/// version 1 through `From<v1::Fields> for Fields`. `blobs ["field"]` names fields
/// that hold digests of blobs.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum Event {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident($fields:ty) = $name:literal, $schema:literal
                $(, was [$($old_schema:literal => $old_fields:ty),+ $(,)?])?
                $(, blobs [$($blob:literal),+ $(,)?])?;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event {
            $($(#[$variant_meta])* $variant($fields),)+
        }

        $(impl From<$fields> for Event {
            fn from(fields: $fields) -> Self {
                Self::$variant(fields)
            }
        })+

        impl $crate::event::EventSet for Event {
            fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            fn schema(&self) -> u64 {
                match self { $(Self::$variant(_) => $schema,)+ }
            }

            fn serialize_fields<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(fields) => serde::Serialize::serialize(fields, serializer),)+ }
            }

            fn deserialize_fields<'de, D: serde::Deserializer<'de>>(
                event: &str,
                schema: u64,
                deserializer: D,
            ) -> Result<Self, $crate::event::DecodeError> {
                let result: Result<Self, D::Error> = match (event, schema) {
                    $(
                        ($name, $schema) => <$fields as serde::Deserialize>::deserialize(deserializer).map(Self::$variant),
                        $($(($name, $old_schema) => <$old_fields as serde::Deserialize>::deserialize(deserializer)
                            .map(|old| Self::$variant(old.into())),)+)?
                    )+
                    _ => return Err($crate::event::DecodeError::Unknown { event: event.to_owned(), schema }),
                };
                result.map_err(|error| $crate::event::DecodeError::Malformed {
                    event: event.to_owned(),
                    schema,
                    reason: error.to_string(),
                })
            }

            fn schemas() -> Vec<$crate::event::SchemaEntry> {
                let mut entries = Vec::new();
                $({
                    // Named once: inside the repetition of old versions the two could not be told apart.
                    const BLOBS: &[&str] = &[$($($blob),+)?];
                    $($(entries.push($crate::event::SchemaEntry {
                        event: $name,
                        schema: $old_schema,
                        blobs: BLOBS,
                        #[cfg(feature = "schemas")]
                        json_schema: || schemars::schema_for!($old_fields),
                        #[cfg(feature = "schemas")]
                        shown_schema: $crate::event::shown_schema::<$old_fields>,
                    });)+)?
                    entries.push($crate::event::SchemaEntry {
                        event: $name,
                        schema: $schema,
                        blobs: BLOBS,
                        #[cfg(feature = "schemas")]
                        json_schema: || schemars::schema_for!($fields),
                        #[cfg(feature = "schemas")]
                        shown_schema: $crate::event::shown_schema::<$fields>,
                    });
                })+
                entries
            }
        }
    };
}
pub(crate) use events;

/// Defines the frozen fields of events, and values inside them.
macro_rules! fields {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
        pub struct $name { $($body)* }
    )+};
}
pub(crate) use fields;

/// Defines a closed set of words that events carry, `snake_case` in the log and in JSON.
macro_rules! words {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the log and in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}
pub(crate) use words;
