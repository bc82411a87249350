//! The document is whole, and says of each way what goes that way.

use std::collections::BTreeSet;

use super::*;

/// Every value under a key, however deep.
fn all<'d>(value: &'d Value, key: &str, found: &mut Vec<&'d Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key));
            object.values().for_each(|inner| all(inner, key, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| all(inner, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_event_type_is_a_message_of_one_channel_that_is_sent() {
    let document = document();
    for listed in types::all() {
        let key = listed.event;
        assert!(document["components"]["schemas"][key]["properties"].is_object(), "{key}");
        let channel = &document["channels"][listed.event];
        assert_eq!(channel["messages"][key], reference("components/messages", &format!("jetstream.{key}")));
        let address = channel["address"].as_str().unwrap().replace("{organization}", crate::jetstream::PLATFORM);
        assert_eq!(address, crate::jetstream::subject(None, listed.kind.as_str(), listed.event));
    }
    let operations = document["operations"].as_object().unwrap();
    let sent: BTreeSet<String> =
        operations.values().map(|sent| sent["channel"]["$ref"].as_str().unwrap().to_owned()).collect();
    assert_eq!(sent, keys(&document["channels"]).iter().map(|name| format!("#/channels/{name}")).collect());
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_referred_to() {
    let document = document();
    let mut references = Vec::new();
    all(&document, "$ref", &mut references);
    let named: BTreeSet<&str> = references.iter().map(|reference| reference.as_str().unwrap()).collect();
    for reference in &named {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    for part in ["schemas", "messages", "securitySchemes"] {
        for name in keys(&document["components"][part]) {
            assert!(named.contains(format!("#/components/{part}/{name}").as_str()), "{part} {name}");
        }
    }
}

#[test]
fn what_is_the_platforms_alone_goes_out_over_nats_only() {
    let document = document();
    let names = |channel: &str| keys(&document["channels"][channel]["messages"]);
    let (streamed, delivered) = (names("organizationEvents"), names("webhookDeliveries"));
    let mut events = streamed.clone();
    assert!(events.remove("end") && events == delivered);
    assert!(delivered.contains("project.created") && !delivered.contains("user.created"));
    let in_project = names("projectEvents");
    assert!(in_project.is_subset(&streamed) && in_project.contains("project.created"));
    assert!(!in_project.contains("organization.created"));
    let users = &document["channels"]["user.created"];
    assert_eq!((&users["address"], &users["parameters"]), (&json!("gpuaas.platform.user.created"), &Value::Null));
}

#[test]
fn webhooks_and_nats_have_the_headers_that_their_constants_name() {
    use crate::http::webhook::{ID, SIGNATURE, TIMESTAMP};
    use crate::jetstream::header::{DIGEST, GENERATION, HASH, LOG, OWNER_SEQUENCE, POSITION, PREVIOUS};
    let document = document();
    for (name, wanted) in [
        ("jetstreamHeaders", &[LOG, GENERATION, POSITION, OWNER_SEQUENCE, HASH, PREVIOUS, DIGEST][..]),
        ("webhookHeaders", &[ID, TIMESTAMP, SIGNATURE]),
    ] {
        let schema = &document["components"]["schemas"][name];
        assert_eq!(keys(&schema["properties"]), wanted.iter().map(|name| (*name).to_owned()).collect(), "{name}");
        assert_eq!(schema["required"].as_array().unwrap().len(), wanted.len(), "{name}");
    }
}

#[test]
fn events_can_grow_and_say_the_unit_of_their_times() {
    let document = document();
    let mut closed = Vec::new();
    all(&document, "additionalProperties", &mut closed);
    assert!(!closed.contains(&&Value::Bool(false)));
    let issued = &document["components"]["schemas"]["token.issued"]["properties"];
    assert_eq!(issued["schema"]["type"], "integer");
    let payload = &issued["payload"]["anyOf"][0]["properties"];
    assert_eq!(payload["expires_at"]["format"], "unix-micros");
}
