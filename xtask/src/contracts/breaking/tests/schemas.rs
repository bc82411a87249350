//! Schemas by themselves: what one allows and another does not.

use serde_json::{Value, json};

use super::super::schema::Comparison;

/// What breaks a server that reads what was sent, a client and an agent that get something.
#[derive(Debug, PartialEq)]
struct Breaks {
    server: Vec<String>,
    client: Vec<String>,
    agent: Vec<String>,
}

fn compare(old: &Value, new: &Value) -> Breaks {
    let found = |compare: fn(&mut Comparison<'_>, &Value, &Value, &str)| {
        let mut comparison = Comparison::new(old, new);
        compare(&mut comparison, old, new, "it");
        comparison.breaks
    };
    Breaks {
        server: found(|comparison, old, new, at| comparison.sent(old, new, at)),
        client: found(|comparison, old, new, at| comparison.received(old, new, at)),
        agent: found(|comparison, old, new, at| comparison.ordered(old, new, at)),
    }
}

#[track_caller]
fn check(old: Value, new: Value, server: &[&str], client: &[&str], agent: &[&str]) {
    let found = compare(&old, &new);
    assert_eq!((&*found.server, &*found.client, &*found.agent), (&*owned(server), &*owned(client), &*owned(agent)));
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// However it is written, a schema fits itself.
#[test]
fn the_same_schema_breaks_nothing() {
    let sealed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    let schemas = [
        json!(true),
        json!(false),
        json!({"allOf": [sealed, {"type": "object", "required": ["a"], "minProperties": 1}]}),
        json!({"allOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}, {"maxLength": 3}]}),
        json!({"type": "object", "properties": {"kind": {"type": "string"}}, "oneOf": [sealed, {"required": ["kind"]}]}),
        json!({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}], "oneOf": [sealed, {"not": {}}]}),
        json!({"oneOf": [{"const": "a"}, {"enum": ["b", "c"]}, {"type": "integer"}]}),
        json!({"$ref": "#/$defs/A", "default": 4, "maximum": 9, "$defs": {"A": {"type": ["integer", "null"]}}}),
        json!({"type": "array", "prefixItems": [{"type": "string"}], "items": false}),
    ];
    for schema in schemas {
        check(schema.clone(), schema, &[], &[], &[]);
    }
}

#[test]
fn what_is_written_in_another_way_is_the_same() {
    let nullable = [
        json!({"type": ["string", "null"], "maxLength": 3}),
        json!({"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "null"}, {"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "string", "maxLength": 3}}}),
        json!({"allOf": [{"type": ["null", "string"], "maxLength": 3}]}),
    ];
    let words = [
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"oneOf": [{"const": "a", "description": "One."}, {"const": "b"}]}),
    ];
    for same in [&nullable[..], &words[..]] {
        same.iter().for_each(|old| same.iter().for_each(|new| check(old.clone(), new.clone(), &[], &[], &[])));
    }
}

#[test]
fn what_is_in_a_choice_is_said_as_what_it_is() {
    let choice =
        |kind: &str| json!({"anyOf": [{"type": "object", "properties": {"a": {"type": kind}}}, {"type": "null"}]});
    let (to, from) = ("it.a: string does not fit integer", "it.a: integer does not fit string");
    check(choice("string"), choice("integer"), &[to], &[from], &[from]);
    // Of several, of the one that nearly fits.
    let several = |limit: u8| json!({"oneOf": [{"type": "string", "maxLength": limit}, {"type": "integer"}]});
    check(several(9), several(3), &["it: maxLength 3 is not kept"], &[], &[]);
    // A word may be what tells one from another, and then a new one is another shape.
    let shape = |kind: &str| json!({"type": "object", "properties": {"kind": {"enum": [kind]}}, "required": ["kind"]});
    let shapes = |last: &str| json!({"oneOf": [shape("a"), shape("b"), shape(last)]});
    let (c, d) = ("it.kind: \"c\" is not among what is known", "it.kind: \"d\" is not among what is known");
    check(shapes("c"), shapes("d"), &[c], &[d], &[d]);
}

#[test]
fn words_and_members_that_are_new_are_borne_by_clients_alone() {
    let unknown = ["it: \"b\" is not among what is known"];
    check(json!({"enum": ["a"]}), json!({"enum": ["a", "b"]}), &[], &[], &unknown);
    check(json!({"enum": ["a", "b"]}), json!({"enum": ["a"]}), &unknown, &[], &[]);
    let is = ["it: \"b\" is not among what is known"];
    check(json!({"const": "a"}), json!({"const": "b"}), &["it: \"a\" is not among what is known"], &is, &is);
    let listed = ["it: it is not only one of a list"];
    check(json!({"type": "string", "enum": ["a"]}), json!({"type": "string"}), &[], &listed, &listed);
    let other = ["it: integer does not fit string"];
    check(
        json!({"enum": ["a"]}),
        json!({"enum": ["a", 1]}),
        &[],
        &other,
        &["it: integer does not fit string", "it: 1 is not among what is known"],
    );
    let object = |members: Value| json!({"type": "object", "properties": members, "additionalProperties": false});
    let (one, two) = (object(json!({"a": {}})), object(json!({"a": {}, "b": {}})));
    check(one.clone(), two.clone(), &[], &[], &["it.b: it is not taken"]);
    check(two, one, &["it.b: it is not taken"], &["it.b: it is gone"], &[]);
}

#[test]
fn what_is_not_named_counts_too() {
    let (open, closed) = (json!({"type": "object"}), json!({"type": "object", "additionalProperties": false}));
    check(open.clone(), closed.clone(), &["it.*: it is not taken"], &[], &[]);
    check(closed, open.clone(), &[], &[], &["it.*: it is not taken"]);
    let map = |of: &str| json!({"type": "object", "additionalProperties": {"type": of}});
    let (to, from) = ("it.*: string does not fit integer", "it.*: integer does not fit string");
    check(map("string"), map("integer"), &[to], &[from], &[from]);
    let any = ["it.*: it may be of any type"];
    check(map("string"), open.clone(), &[], &any, &any);
    check(open.clone(), map("string"), &any, &[], &[]);
    // It was taken as whatever it was.
    let named = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    check(open, named, &["it.a: it may be of any type"], &[], &[]);
    let names = |limit: u8| json!({"type": "object", "propertyNames": {"type": "string", "maxLength": limit}});
    check(names(9), names(3), &["it: name: maxLength 3 is not kept"], &[], &[]);
}

#[test]
fn limits_are_compared_and_what_is_not_known_has_to_stay() {
    let number = |format: &str| json!({"type": "integer", "format": format});
    let narrow = ["it: format \"int32\" is not kept"];
    check(number("int32"), number("int64"), &[], &narrow, &narrow);
    let sign = ["it: format \"uint32\" is not kept"];
    check(number("uint32"), number("int64"), &["it: format \"int64\" is not kept"], &sign, &sign);
    for (keyword, value) in [
        ("pattern", json!("^a$")),
        ("minLength", json!(1)),
        ("contentEncoding", json!("base64")),
        ("not", json!({"const": "a"})),
    ] {
        let mut ruled = json!({"type": "string"});
        ruled[keyword] = value.clone();
        let line = format!("it: {keyword} {value} is not kept");
        let new = format!("it: {keyword} {value} is new");
        // What may widen is not dropped unseen either.
        let widens: &[&str] = if keyword == "not" { &[&new] } else { &[] };
        check(json!({"type": "string"}), ruled.clone(), &[&line], widens, widens);
        check(ruled, json!({"type": "string"}), widens, &[&line], &[&line]);
    }
    // Neighbours that are one number as floats.
    let least = |number: u64| json!({"type": "integer", "minimum": number});
    check(
        least((1 << 53) + 1),
        least(1 << 53),
        &["it: minimum 9007199254740992 is not kept"],
        &["it: minimum 9007199254740993 is not kept"],
        &["it: minimum 9007199254740993 is not kept"],
    );
    let default = |value: u8| json!({"type": "integer", "default": value});
    let other = ["it: its default was 1 and is 2"];
    check(default(1), default(2), &other, &other, &other);
    let none = ["it: its default was 1 and is none"];
    check(default(1), json!({"type": "integer"}), &none, &none, &none);
}

#[test]
fn what_is_referred_to_is_compared_and_has_to_be_there() {
    let schema = |kind: &str| json!({"$ref": "#/$defs/A", "$defs": {"A": {"type": kind}}});
    let (to, from) = ("it: string does not fit integer", "it: integer does not fit string");
    check(schema("string"), schema("integer"), &[to], &[from], &[from]);
    let lost = ["it: \"#/$defs/A\" is not there"];
    check(schema("string"), json!({"$ref": "#/$defs/A"}), &lost, &lost, &lost);
    // Of what a keyword refers to that is not known here, nobody knows.
    let unknown = json!({"not": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "string"}}});
    let line = ["it: not {\"$ref\":\"#/$defs/A\"} is not kept"];
    check(unknown.clone(), unknown, &line, &line, &line);
}
