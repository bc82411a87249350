//! How the wire's shapes are declared, and how their schemas show ids and digests.

/// Defines what an agent reads: unknown fields are left aside.
macro_rules! answers {
    ($($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($body)* }
    )+};
}
pub(crate) use answers;

/// An id as it stands in JSON; the derived schema shows the log's form.
#[cfg(feature = "schemas")]
pub(crate) fn id<I: crate::id::TypedId>(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let pattern = format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", I::PREFIX);
    schemars::json_schema!({"type": "string", "pattern": pattern})
}
