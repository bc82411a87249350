//! The committed JSON Schemas of the tasks' specifications are the ones of the types.

use std::path::PathBuf;

use gpuaas_domain::node_protocol::task;

/// `GPUAAS_BLESS=1` writes them.
#[test]
fn the_schemas_of_node_tasks_are_the_committed_ones() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schemas/node-tasks");
    let bless = std::env::var_os("GPUAAS_BLESS").is_some();
    let mut files = Vec::new();
    for (kind, schema) in task::schemas() {
        let mut schema = schema;
        schema.insert(
            "$comment".into(),
            "generated from domain/src/node_protocol/task; GPUAAS_BLESS=1 rewrites it".into(),
        );
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = folder.join(format!("{kind}.json"));
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{} drifted", path.display());
        files.push(path.file_name().unwrap().to_owned());
    }
    let committed = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(committed.into_iter().all(|file| files.contains(&file)), "a schema of no task is there");
}
