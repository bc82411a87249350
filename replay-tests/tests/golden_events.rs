//! Every event of every version is read from golden bytes, and today's is written alike.
//!
//! A released shape is frozen: a golden file is never edited. `GPUAAS_BLESS=1` writes the file
//! of an event that has none yet, from samples that its own JSON Schema gives.

mod samples;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gpuaas_domain::{AnyEvent, Kind, SchemaEntry};
use gpuaas_log::encoding::check_payload;
use gpuaas_log::payload;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/golden/events")
}

fn file_name(entry: &SchemaEntry) -> String {
    format!("{}.v{}.hex", entry.event, entry.schema)
}

/// The golden payloads of an event, a line each.
fn payloads(kind: Kind, entry: &SchemaEntry) -> Vec<Vec<u8>> {
    let path = folder().join(file_name(entry));
    if !path.exists() && std::env::var_os("GPUAAS_BLESS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        let lines: String = samples::of(kind, entry).iter().map(|bytes| hex::encode(bytes) + "\n").collect();
        std::fs::write(&path, lines).unwrap();
    }
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{} has no golden bytes; GPUAAS_BLESS=1 writes them", file_name(entry)));
    text.lines().map(|line| hex::decode(line).unwrap()).collect()
}

#[test]
fn every_version_of_every_event_is_read_and_today_s_is_written_alike() {
    for kind in Kind::ALL {
        let entries = kind.schemas();
        for entry in &entries {
            let payloads = payloads(*kind, entry);
            assert!(!payloads.is_empty(), "{}", file_name(entry));
            for bytes in payloads {
                check_payload(&bytes).unwrap();
                let event = read(*kind, entry, &bytes);
                let is_latest = entries.iter().all(|other| other.event != entry.event || other.schema <= entry.schema);
                if is_latest {
                    assert_eq!(hex::encode(write(&event)), hex::encode(&bytes), "{}", file_name(entry));
                }
            }
        }
    }
}

#[test]
fn what_is_shown_of_every_event_is_what_the_document_of_the_events_says() {
    let document = gpuaas_relay::asyncapi::document();
    for kind in Kind::ALL {
        let entries = kind.schemas();
        for entry in &entries {
            // What was written in an older shape is shown in today's.
            if entries.iter().any(|other| other.event == entry.event && other.schema > entry.schema) {
                continue;
            }
            let event = &document["components"]["schemas"][entry.event];
            let told = jsonschema::validator_for(&event["properties"]["payload"]).unwrap();
            // The document leaves room for later fields; today there are none but those that it names.
            let closed = jsonschema::validator_for(&Value::from((entry.shown_schema)())).unwrap();
            for bytes in payloads(*kind, entry) {
                let shown = gpuaas_relay::payload::to_json(&read(*kind, entry, &bytes)).unwrap();
                let faults = told.iter_errors(&shown).chain(closed.iter_errors(&shown));
                let faults: Vec<String> = faults.map(|fault| fault.to_string()).collect();
                assert!(faults.is_empty(), "{}: {faults:?}: {shown}", entry.event);
            }
        }
    }
}

fn read(kind: Kind, entry: &SchemaEntry, bytes: &[u8]) -> AnyEvent {
    AnyEvent::deserialize(kind, entry.event, entry.schema, &mut payload::deserializer(bytes))
        .unwrap_or_else(|error| panic!("{}: {error}: {}", file_name(entry), hex::encode(bytes)))
}

fn write(event: &AnyEvent) -> Vec<u8> {
    payload::encode(&Fields(event)).unwrap()
}

#[test]
fn no_golden_bytes_are_left_without_their_event() {
    let known: BTreeSet<String> =
        Kind::ALL.iter().flat_map(|kind| kind.schemas()).map(|entry| file_name(&entry)).collect();
    for file in std::fs::read_dir(folder()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} can no longer be read: an event that was released stays readable");
    }
}

#[test]
fn an_unknown_event_or_version_is_an_error() {
    for (event, schema) in [("project.created", 999), ("project.vanished", 1)] {
        let error = AnyEvent::deserialize(Kind::Project, event, schema, &mut payload::deserializer(&[0x80]));
        assert!(matches!(error, Err(gpuaas_domain::DecodeError::Unknown { .. })), "{event} {schema}");
    }
}

struct Fields<'e>(&'e AnyEvent);

impl serde::Serialize for Fields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_fields(serializer)
    }
}
