//! Which components answers hold: there a server may have words that a client does not know.

use std::collections::BTreeSet;

use serde_json::Value;

/// References to every component that an answer holds, at any depth.
pub(super) fn answered(document: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let items = document["paths"].as_object().into_iter().flatten().map(|(_, item)| item);
    let operations = items.flat_map(|item| item.as_object().into_iter().flatten());
    operations.for_each(|(_, operation)| gather(document, &operation["responses"], &mut found));
    found
}

fn gather<'d>(document: &'d Value, part: &'d Value, found: &mut BTreeSet<&'d str>) {
    match part {
        Value::Object(fields) => {
            let place = fields.get("$ref").and_then(Value::as_str).filter(|place| found.insert(place));
            if let Some(named) = place.and_then(|place| document.pointer(place.trim_start_matches('#'))) {
                gather(document, named, found);
            }
            fields.values().for_each(|field| gather(document, field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(document, item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::answered;

    #[test]
    fn what_is_only_sent_is_not_answered() {
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let tree =
            json!({"properties": {"below": {"type": "array", "items": reference("Tree")}, "leaf": reference("Leaf")}});
        let document = json!({
            "paths": {"/trees": {"post": {
                "requestBody": {"content": {"application/json": {"schema": reference("NewTree")}}},
                "responses": {"201": {"content": {"application/json": {"schema": reference("Tree")}}}}
            }}},
            "components": {"schemas": {"Leaf": {}, "NewTree": {}, "Tree": tree}}
        });
        let found: Vec<&str> = answered(&document).into_iter().collect();
        assert_eq!(found, ["#/components/schemas/Leaf", "#/components/schemas/Tree"]);
    }
}
