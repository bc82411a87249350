//! Operations that need a workload on a node.

/// They are reached with an agent of the real protocol, in `replay-tests/tests/nodes/tour.rs`.
pub(crate) const WITH_A_NODE: [(&str, &str); 9] = [
    ("POST", "/api/v1/projects/{project_id}/app-instances"),
    ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}"),
    ("DELETE", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/stop"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/start"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/restart"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/cancel"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/decommission"),
    ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/app-token"),
];
