//! What breaks and what does not, on small documents.

use serde_json::{Value, json};

use super::super::{asyncapi, errors, openapi};

/// A document with one operation that takes and answers this.
fn document(body: &Value, answer: &Value) -> Value {
    json!({"paths": {"/things": {"post": {
        "operationId": "make_thing",
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 200}}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": body}}},
        "responses": {"201": {"content": {"application/json": {"schema": answer}}}}
    }}}})
}

fn object(properties: Value, required: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

#[track_caller]
fn check(old: &Value, new: &Value, expected: &[&str]) {
    assert_eq!(openapi::breaks(old, new), expected);
}

#[test]
fn what_is_new_and_optional_breaks_nothing() {
    let (old, new) = (object(json!({"a": {"type": "string"}}), json!(["a"])), json!({"b": {"type": "string"}}));
    let mut more = old.clone();
    more["properties"]["b"] = new["b"].clone();
    check(&document(&old, &old), &document(&more, &more), &[]);
    let mut another = document(&old, &old);
    another["paths"]["/others"] = json!({"get": {}});
    check(&document(&old, &old), &another, &[]);
}

#[test]
fn what_is_newly_wanted_or_not_taken_any_more_breaks_who_sends() {
    let old = object(json!({"a": {"type": "string"}}), json!([]));
    let wanted = object(json!({"a": {"type": "string"}}), json!(["a"]));
    check(&document(&old, &json!({})), &document(&wanted, &json!({})), &["POST /things: body.a: it can be missing"]);
    let gone = object(json!({}), json!([]));
    check(&document(&old, &json!({})), &document(&gone, &json!({})), &["POST /things: body.a: it is not taken"]);
    let shorter = object(json!({"a": {"type": "string", "maxLength": 9}}), json!([]));
    let breaks = ["POST /things: body.a: maxLength 9 is not kept"];
    check(&document(&old, &json!({})), &document(&shorter, &json!({})), &breaks);
}

#[test]
fn what_is_gone_or_may_be_more_breaks_who_gets() {
    let words = |words: Value| object(json!({"a": {"enum": words}}), json!(["a"]));
    let (old, more) = (words(json!(["x"])), words(json!(["x", "y"])));
    // A client bears a new word; a server refuses one that it does not know any more.
    check(&document(&old, &old), &document(&more, &more), &[]);
    let breaks = ["POST /things: body.a: \"y\" is not among what is known"];
    check(&document(&more, &more), &document(&old, &old), &breaks);
    let gone = object(json!({}), json!([]));
    let breaks = ["POST /things: answer 201.a: it can be missing", "POST /things: answer 201.a: it is gone"];
    check(&document(&json!({}), &old), &document(&json!({}), &gone), &breaks);
    let nullable = object(json!({"a": {"anyOf": [{"enum": ["x"]}, {"type": "null"}]}}), json!(["a"]));
    let breaks = ["POST /things: answer 201.a: null does not fit string"];
    check(&document(&json!({}), &old), &document(&json!({}), &nullable), &breaks);
}

#[test]
fn parameters_operations_and_answers_that_are_gone_break() {
    let old = document(&json!({}), &json!({}));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new["paths"]["/things"]["post"]);
        new
    };
    check(&old, &json!({"paths": {}}), &["POST /things: it is gone"]);
    check(&old, &changed(&|post| post["parameters"] = json!([])), &["POST /things: parameter limit: it is gone"]);
    check(&old, &changed(&|post| post["responses"] = json!({})), &["POST /things: answer 201: it is gone"]);
    let wanted = changed(&|post| post["parameters"][0]["required"] = json!(true));
    check(&old, &wanted, &["POST /things: parameter limit: it is required now"]);
    let left_out = changed(&|post| post["requestBody"]["required"] = json!(false));
    check(&left_out, &old, &["POST /things: body: it is required now"]);
    check(&old, &left_out, &[]);
    let added = |post: &mut Value| {
        let more = json!({"name": "to", "in": "query", "required": true, "schema": {}});
        post["parameters"].as_array_mut().unwrap().push(more);
    };
    check(&old, &changed(&added), &["POST /things: parameter to: it is new and required"]);
}

#[test]
fn a_schema_that_contains_itself_is_compared_once() {
    let tree = |kind: &str| {
        let mut document = document(&json!({}), &json!({"$ref": "#/components/schemas/Tree"}));
        document["components"]["schemas"]["Tree"] = json!({"type": "object", "properties": {
            "leaf": {"type": kind}, "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
        }});
        document
    };
    check(&tree("string"), &tree("string"), &[]);
    let breaks = ["POST /things: answer 201.leaf: integer does not fit string"];
    check(&tree("string"), &tree("integer"), &breaks);
}

#[test]
fn events_and_codes_that_are_gone_or_changed_break() {
    let events = |address: &str, kind: &str| {
        json!({
            "channels": {"made": {"address": address, "messages": {"made.v1": {}}}},
            "components": {"messages": {"made.v1": {"payload": object(json!({"a": {"type": kind}}), json!(["a"]))}}}
        })
    };
    assert!(asyncapi::breaks(&events("a", "string"), &events("a", "string")).is_empty());
    assert_eq!(
        asyncapi::breaks(&events("a", "string"), &events("b", "integer")),
        ["channel made: address was \"a\" and is \"b\"", "message made.v1.a: integer does not fit string"]
    );
    assert_eq!(asyncapi::breaks(&events("a", "string"), &json!({})).len(), 2);
    let with = |headers: &[&str]| {
        let mut document = events("a", "string");
        let properties: Value = headers.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        document["components"]["schemas"]["headers"] = object(properties, json!(headers));
        document["components"]["messages"]["made.v1"]["headers"] = json!({"$ref": "#/components/schemas/headers"});
        document
    };
    assert!(asyncapi::breaks(&with(&["A"]), &with(&["A", "B"])).is_empty());
    let breaks = ["schema headers.B: it can be missing", "schema headers.B: it is gone"];
    assert_eq!(asyncapi::breaks(&with(&["A", "B"]), &with(&["A"])), breaks);
    let code = |status: u16| json!({"not_found": {"status": status, "retryable": false, "meaning": "…"}});
    assert_eq!(errors::breaks(&code(404), &code(410)), ["error not_found: status was 404 and is 410"]);
    assert_eq!(errors::breaks(&code(404), &json!({})), ["error not_found: it is gone"]);
}
