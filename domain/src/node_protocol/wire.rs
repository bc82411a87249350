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
    crate::id::shown_id::<I>()
}
