//! What the log declares of the domain: every kind, every event and version, each with
//! the JSON Schema of its fields. With them a log explains itself.

use gpuaas_domain::{Kind, KindOwner, SchemaEntry};
use gpuaas_log::appender::{Declarations, KindDeclaration, SchemaDeclaration};
use gpuaas_log::declaration;

/// Every kind and schema of the domain.
#[must_use]
pub fn all() -> Declarations {
    Declarations {
        kinds: Kind::ALL.iter().map(|kind| kind_declaration(*kind)).collect(),
        schemas: Kind::ALL.iter().flat_map(|kind| kind.schemas()).map(|entry| schema_declaration(&entry)).collect(),
    }
}

fn kind_declaration(kind: Kind) -> KindDeclaration {
    let owner = match kind.owner() {
        KindOwner::Platform => declaration::KindOwner::Platform,
        KindOwner::Organization => declaration::KindOwner::Organization,
        KindOwner::Either => declaration::KindOwner::Either,
    };
    KindDeclaration { kind: kind.as_str().into(), owner }
}

fn schema_declaration(entry: &SchemaEntry) -> SchemaDeclaration {
    let descriptor = serde_jcs::to_vec(&(entry.json_schema)());
    SchemaDeclaration {
        event: entry.event.into(),
        schema: entry.schema,
        blobs: entry.blobs.iter().map(|field| (*field).into()).collect(),
        descriptor: descriptor.expect("a schema made from a Rust type is JSON without fractions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_describes_an_object_and_its_blobs_are_fields() {
        for declaration in all().schemas {
            let schema: serde_json::Value = serde_json::from_slice(&declaration.descriptor).unwrap();
            assert_eq!(schema["type"], "object", "{}", declaration.event);
            assert!(jsonschema::meta::is_valid(&schema), "{}", declaration.event);
            for blob in &declaration.blobs {
                assert!(schema["properties"][blob.as_ref()].is_object(), "{}: {blob}", declaration.event);
            }
        }
    }
}
