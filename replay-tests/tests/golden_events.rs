//! Every event of every version is read and written alike, those of settled kinds from golden bytes.
//!
//! A released shape is frozen: a golden file is never edited. `GPUAAS_BLESS=1` writes the file
//! of an event that has none yet, from samples that its own JSON Schema gives.

mod samples;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gpuaas_domain::{AnyEvent, Kind, SchemaEntry};
use gpuaas_log::encoding::check_payload;
use gpuaas_log::payload;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/golden/events")
}

fn file_name(entry: &SchemaEntry) -> String {
    format!("{}.v{}.hex", entry.event, entry.schema)
}

/// Whether the shapes of a kind are settled. The others are still being written: they are
/// read and written from samples, until the first release freezes them too.
fn is_settled(kind: Kind) -> bool {
    match kind {
        Kind::Organization
        | Kind::Project
        | Kind::User
        | Kind::Membership
        | Kind::ServiceAccount
        | Kind::Token
        | Kind::Access
        | Kind::Sku
        | Kind::App
        | Kind::AppVersion
        | Kind::Artifact
        | Kind::Entitlement
        | Kind::UsageUnit
        | Kind::PriceBook
        | Kind::Enrollment
        | Kind::NodeReport
        | Kind::Attestation => true,
        Kind::Node
        | Kind::NodeTask
        | Kind::UsageEvent
        | Kind::Usage
        | Kind::Ledger
        | Kind::Invoice
        | Kind::Allocation
        | Kind::AppInstance => false,
    }
}

/// The payloads of an event: its golden ones, a line each, or samples.
fn payloads(kind: Kind, entry: &SchemaEntry) -> Vec<Vec<u8>> {
    let samples = || samples::of(kind, entry);
    if !is_settled(kind) {
        return samples();
    }
    let path = folder().join(file_name(entry));
    if !path.exists() && std::env::var_os("GPUAAS_BLESS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        let lines: String = samples().iter().map(|bytes| hex::encode(bytes) + "\n").collect();
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
