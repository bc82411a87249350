//! Manifests of the small apps that tests launch.

use serde_json::{Value, json};

/// A web server at 8080 with a folder to write to, that is ready when it answers.
pub(super) fn web(slug: &str) -> Value {
    json!({
        "profile": {
            "kind": "gpuaas.launchable_oci_workload", "schema_version": "v1", "slug": slug,
            "display_name": "Web", "support_level": "organization_curated", "launch_mode": "existing_allocation"
        },
        "artifacts": {"primary_image": {
            "source": "platform_registry", "artifact_name": "runtime", "digest_required": true,
            "media_type": "application/vnd.oci.image.manifest.v1+json"
        }},
        "parameters": {
            "schema": {"type": "object", "properties": {
                "exposure_mode": {"type": "string", "enum": ["private", "platform_proxy"], "default": "private"},
                "host_port": {"type": "integer", "default": 8080},
                "gpu_count": {"type": "integer", "minimum": 0, "default": 0},
                "cpu_cores": {"type": "integer", "minimum": 1, "default": 1},
                "memory_gib": {"type": "integer", "minimum": 1, "default": 1}
            }},
            "ui": {"order": []}
        },
        "storage": {"mounts": [{"name": "workspace", "path": "/workspace", "required": true, "modes": ["scratch"]}]},
        "network": {"endpoints": [{"name": "web", "port": 8080, "type": "http"}]},
        "execution": {
            "default_engine": "node_agent",
            "app_token": {"env": "APP_TOKEN"},
            "supported_engines": [{"engine": "node_agent", "adapter": "oci_container", "status": "active"}]
        },
        "validation": {"readiness": [
            {"name": "answers", "type": "http", "endpoint": "web", "path": "/", "timeout_seconds": 60}
        ]}
    })
}

/// The same with so long to become ready.
pub(super) fn ready_within(slug: &str, seconds: u32) -> Value {
    let mut manifest = web(slug);
    manifest["validation"]["readiness"][0]["timeout_seconds"] = seconds.into();
    manifest
}

/// The one that the platform's own documents show.
pub(super) fn jupyterlab() -> Value {
    serde_json::from_str(include_str!("../../../../domain/src/profile/jupyterlab.json")).unwrap()
}
