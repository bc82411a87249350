//! Path and query parameters, read strictly: an unknown one, or one that stands twice,
//! is refused, since ignoring it would answer another question than was asked.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use gpuaas_domain::Code;
use gpuaas_domain::id::ALL_ZERO;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use super::problem::Problem;

/// Parameters as they were sent, decoded.
pub type Raw = BTreeMap<String, String>;

/// The path's parameters.
pub async fn path(parts: &mut Parts) -> Result<Raw, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Problem::new(Code::InvalidParameter, "the path is not UTF-8 after decoding; check it"))?;
    parameters.iter().map(|(name, value)| checked(name, value)).collect()
}

/// The query's parameters.
pub fn query(parts: &Parts) -> Result<Raw, Problem> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
        .map_err(|_| Problem::new(Code::InvalidParameter, "the query is not key=value pairs; check it"))?;
    let count = pairs.len();
    let raw = pairs.iter().map(|(name, value)| checked(name, value)).collect::<Result<Raw, _>>()?;
    if raw.len() < count {
        return Err(Problem::new(Code::InvalidParameter, "a query parameter stands twice; send each once"));
    }
    Ok(raw)
}

/// Parameters of a type.
pub fn typed<T: DeserializeOwned>(raw: &Raw) -> Result<T, Problem> {
    let pairs = raw.iter().map(|(name, value)| (name.as_str(), Text(value)));
    let deserializer = MapDeserializer::<_, serde::de::value::Error>::new(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        let unknown = reason.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        match unknown {
            Some(name) => Problem::at(Code::InvalidParameter, name, "there is no such parameter here; leave it out"),
            None if reason.ends_with(ALL_ZERO) => Problem::at(Code::NotFound, path, "nothing has this id; check it"),
            None => Problem::at(Code::InvalidParameter, path, reason),
        }
    })
}

fn checked(name: &str, value: &str) -> Result<(String, String), Problem> {
    if name.chars().chain(value.chars()).any(char::is_control) {
        return Err(Problem::at(Code::InvalidParameter, name.escape_default().to_string(), "no control characters"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// A parameter's text, which reads as whatever type is wanted.
#[derive(Clone, Copy)]
struct Text<'t>(&'t str);

macro_rules! parsed {
    ($($method:ident => $visit:ident : $type:ty, $expected:literal;)+) => {$(
        fn $method<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let parsed: $type = self.0.parse().map_err(|_| serde::de::Error::custom(concat!("expected ", $expected)))?;
            visitor.$visit(parsed)
        }
    )+};
}

impl<'de> serde::Deserializer<'de> for Text<'_> {
    type Error = serde::de::value::Error;

    parsed! {
        deserialize_bool => visit_bool: bool, "true or false";
        deserialize_u8 => visit_u64: u64, "a whole number";
        deserialize_u16 => visit_u64: u64, "a whole number";
        deserialize_u32 => visit_u64: u64, "a whole number";
        deserialize_u64 => visit_u64: u64, "a whole number";
        deserialize_i64 => visit_i64: i64, "a whole number";
    }

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(serde::de::value::StrDeserializer::new(self.0))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> serde::de::IntoDeserializer<'de> for Text<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::ProjectId;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        project: Option<ProjectId>,
        limit: Option<u16>,
        dry_run: Option<bool>,
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Wanted, Problem> {
        typed(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_parameter_has_its_type() {
        let project = "proj_01h2e8kqvbfwea724h75qc655w";
        let wanted = read(&[("limit", "7"), ("dry_run", "true"), ("project", project)]).unwrap();
        assert_eq!(wanted, Wanted { project: project.parse().ok(), limit: Some(7), dry_run: Some(true) });
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        for (pair, named) in [
            (("limit", "x"), "limit"),
            (("limit", "70000"), "limit"),
            (("dry_run", "yes"), "dry_run"),
            (("project", "org_01h2e8kqvbfwea724h75qc655w"), "project"),
            (("other", "1"), "other"),
        ] {
            let problem = read(&[pair]).unwrap_err();
            assert_eq!((problem.code, problem.fields[0].field.as_str()), (Code::InvalidParameter, named), "{problem}");
        }
    }
}
