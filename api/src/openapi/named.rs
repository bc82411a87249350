//! One name for each shape: a component that stands spelled out inside another one is
//! replaced by a reference to it, so that a page of projects holds projects.

use serde_json::{Map, Value, json};

/// The document with references in place of components that are spelled out.
pub(super) fn with_references(mut document: Value) -> Value {
    let components = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for schema in schemas.values_mut() {
            // A component is not replaced by itself, only what is inside it.
            inner(schema).for_each(|value| replace(value, &components));
        }
    }
    if let Some(paths) = document.get_mut("paths") {
        replace(paths, &components);
    }
    document
}

fn replace(value: &mut Value, components: &Map<String, Value>) {
    // Two enums of the same words need not mean the same; two objects of the same fields do.
    let is_object = value.get("properties").is_some();
    let named = is_object.then(|| components.iter().find(|(_, component)| *component == value)).flatten();
    match named {
        Some((name, _)) => *value = json!({"$ref": format!("#/components/schemas/{name}")}),
        None => inner(value).for_each(|value| replace(value, components)),
    }
}

fn inner(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::with_references;

    #[test]
    fn a_component_inside_another_is_referred_to() {
        let thing = json!({"type": "object", "properties": {"name": {"type": "string"}}});
        let page = |item| json!({"type": "object", "properties": {"items": {"type": "array", "items": item}}});
        let document = |item| json!({"components": {"schemas": {"Page": page(item), "Thing": thing.clone()}}});
        let reference = json!({"$ref": "#/components/schemas/Thing"});
        assert_eq!(with_references(document(thing.clone())), document(reference));
    }
}
