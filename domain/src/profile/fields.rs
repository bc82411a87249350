//! What each field of a manifest, and each parameter of a launch, does. `docs/manifest.md`
//! is rendered from these tables; tests hold them against the manifest's JSON Schema.

use std::fmt::Write as _;

use crate::code::Code;

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// What runs follows it, or the manifest or the launch is refused.
    Enforced,
    /// It is kept, and shown, for what is not there yet; what runs does not depend on it.
    Recorded,
    /// A launch that would need it is refused with this code.
    Refused(Code),
}

/// A field of a manifest, or a parameter of a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its path: `*` stands for any name, `[]` for each member of a list.
    pub path: &'static str,
    /// What becomes of it.
    pub treatment: Treatment,
    /// What that means.
    pub meaning: &'static str,
}

const fn enforced(path: &'static str, meaning: &'static str) -> Field {
    Field { path, treatment: Treatment::Enforced, meaning }
}

const fn recorded(path: &'static str, meaning: &'static str) -> Field {
    Field { path, treatment: Treatment::Recorded, meaning }
}

const fn refused(path: &'static str, code: Code, meaning: &'static str) -> Field {
    Field { path, treatment: Treatment::Refused(code), meaning }
}

const EDGE: &str = "for the edge; private exposure does not need it";
const COMPOSE: &str = "a launch by docker_compose is refused until that engine is there";
const WIZARD: &str = "for the launch form; the parameters it names have to be declared";

/// Every field of a manifest.
pub const FIELDS: &[Field] = &[
    enforced("profile.kind", "the only kind"),
    enforced("profile.schema_version", "the only version"),
    enforced("profile.slug", "the app's slug"),
    recorded("profile.display_name", "shown in the catalog"),
    recorded("profile.description", "shown in the catalog"),
    recorded("profile.support_level", "shown in the catalog"),
    enforced("profile.launch_mode", "a launch names an active allocation"),
    enforced(
        "artifacts.*.source",
        "an artifact from elsewhere is not taken; local_image only where the platform allows it",
    ),
    enforced("artifacts.*.artifact_name", "only artifacts of these names are run"),
    enforced("artifacts.*.digest_required", "has to be true: only digests run"),
    enforced("artifacts.*.media_type", "an image manifest, by its OCI name or Docker's"),
    enforced("parameters.schema", "values, completed by the defaults, are judged by it; see the parameters below"),
    recorded("parameters.ui.order[]", WIZARD),
    recorded("parameters.ui.groups[].id", WIZARD),
    recorded("parameters.ui.groups[].title", WIZARD),
    recorded("parameters.ui.groups[].fields[]", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].id", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].title", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].description", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].components[].kind", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].components[].name", WIZARD),
    recorded("parameters.ui.launch_wizard.steps[].components[].required", WIZARD),
    enforced("resources.gpu.min_count", "a launch with fewer is refused"),
    enforced("resources.gpu.default_count", "how many, if gpu_count has no value"),
    enforced("resources.gpu.placement", "the allocation's own GPUs"),
    enforced("resources.cpu.min_cores", "a launch with fewer is refused; how many, if cpu_cores has no value"),
    enforced("resources.memory.min_gib", "a launch with less is refused; how much, if memory_gib has no value"),
    enforced("storage.mounts[].name", "the parameter <name>_mount chooses among the modes"),
    enforced("storage.mounts[].path", "where the workload may write"),
    recorded("storage.mounts[].required", "for engines that can leave a mount out; here every mount is made"),
    refused(
        "storage.mounts[].modes[]",
        Code::StorageModeUnavailable,
        "scratch is a size-limited folder in memory, empty again after a stop; project_storage is refused until it is there",
    ),
    enforced("network.endpoints[].name", "what the tunnel is asked for"),
    enforced("network.endpoints[].port", "the port in the container; the agent picks the one on its node"),
    enforced(
        "network.endpoints[].type",
        "tunnels carry TCP, so each type can be reached; http can be asked for readiness",
    ),
    recorded("network.endpoints[].auth_pattern", EDGE),
    recorded("network.endpoints[].managed_ingress.enabled", EDGE),
    recorded("network.endpoints[].managed_ingress.route_mode", EDGE),
    recorded("network.endpoints[].managed_ingress.default_open_path", EDGE),
    recorded("network.endpoints[].managed_ingress.websocket_required", EDGE),
    recorded("network.endpoints[].managed_ingress.client_auth_mode", EDGE),
    recorded("network.endpoints[].managed_ingress.route_family", "for the edge; browser_app or api_app"),
    enforced("network.endpoints[].protocol", "the shape before: becomes type"),
    recorded("network.endpoints[].exposure_modes[]", "the shape before: becomes managed_ingress.enabled"),
    recorded(
        "network.endpoints[].proxy.default_open_path",
        "the shape before: becomes managed_ingress.default_open_path",
    ),
    recorded(
        "network.endpoints[].proxy.websocket_required",
        "the shape before: becomes managed_ingress.websocket_required",
    ),
    recorded("network.endpoints[].proxy.auth_bridge", "the shape before: replaced by auth_pattern"),
    refused(
        "execution.default_engine",
        Code::EngineUnavailable,
        "node_agent runs; a launch by another engine is refused",
    ),
    recorded("execution.supported_engines[].engine", "for engines that are not there yet"),
    recorded("execution.supported_engines[].adapter", "for engines that are not there yet"),
    enforced("execution.supported_engines[].status", "a launch by an engine that is not active is refused"),
    enforced("execution.container_env.*", "given to the container"),
    enforced("execution.command_args[]", "given to the container in place of the image's own"),
    enforced("execution.working_directory", "where the container starts, in place of the image's own"),
    enforced("execution.app_token.env", "the variable with the token that the platform makes for each workload"),
    recorded("execution.compose.renderer", COMPOSE),
    recorded("execution.compose.topology.description", COMPOSE),
    recorded("execution.compose.topology.services[].name", COMPOSE),
    recorded("execution.compose.topology.services[].role", COMPOSE),
    recorded("execution.compose.topology.services[].endpoints[]", COMPOSE),
    recorded("execution.compose.topology.services[].mounts[]", COMPOSE),
    recorded("outputs.endpoints[].name", "shown with a running workload"),
    recorded("outputs.endpoints[].source", "shown with a running workload; has to be a declared endpoint"),
    recorded("outputs.commands[].name", "shown with a running workload"),
    recorded("outputs.commands[].command", "shown with a running workload, and never run"),
    recorded("validation.readiness[].name", "names the question"),
    refused(
        "validation.readiness[].type",
        Code::ReadinessUnsupported,
        "one http question is asked by the agent, adapter_status always; a launch with tcp, or with two, is refused",
    ),
    enforced("validation.readiness[].endpoint", "where the agent asks"),
    enforced("validation.readiness[].path", "what the agent asks for; an answer below 400 is right"),
    enforced("validation.readiness[].status", "a container that does not run is never ready"),
    enforced("validation.readiness[].timeout_seconds", "until the workload has failed; 300 if it is not said"),
    recorded("validation.smoke[].name", "for whoever releases the version"),
    recorded("validation.smoke[].type", "for whoever releases the version"),
    recorded("validation.smoke[].endpoint", "for whoever releases the version"),
    recorded("validation.smoke[].path", "for whoever releases the version"),
    recorded("validation.smoke[].status", "for whoever releases the version"),
    recorded("validation.smoke[].timeout_seconds", "for whoever releases the version"),
];

/// Every parameter that a launch understands, besides `<name>_mount` of each mount.
pub const PARAMETERS: &[Field] = &[
    refused(
        "exposure_mode",
        Code::ExposureUnavailable,
        "private: an address of the node itself, reached by tunnel; any other is refused until the edge is there",
    ),
    refused(
        "host_port",
        Code::HostPortRefused,
        "the agent picks ports: a launch that gives one is refused, a default has no effect",
    ),
    enforced("gpu_count", "as many of the allocation's GPUs"),
    enforced("cpu_cores", "the container's limit"),
    enforced("memory_gib", "the container's limit, scratch folders among it"),
    refused(
        "python_packages",
        Code::PythonPackagesUnavailable,
        "names with versions; a list that is not empty is refused until an engine installs packages",
    ),
];

/// The tables as `docs/manifest.md` has them.
#[must_use]
pub fn render() -> String {
    let mut page = String::from(HEAD);
    table(&mut page, "Field", FIELDS);
    page.push_str(BETWEEN);
    table(&mut page, "Parameter", PARAMETERS);
    page
}

const HEAD: &str = "\
# What a manifest says, and what comes of it

<!-- Generated from domain/src/profile/fields.rs; do not edit. -->

A manifest is the part of an app's version that says how it is launched. Its shape is
[schemas/launchable-profile.v1.schema.json](../schemas/launchable-profile.v1.schema.json); an unknown field is refused
when the version is created. Of each field, one of three things is true:

- **enforced**: what runs follows it, or the manifest or the launch is refused.
- **recorded**: it is kept and shown for what is not there yet; what runs does not depend on it.
- **refused**: a launch that would need what is not there is refused with the code.

";

const BETWEEN: &str = "
## Parameters of a launch

A launch gives values in `config` and `resource_overrides`. The defaults of `parameters.schema` complete them, and the
schema judges the whole. A mount named `workspace` has the parameter `workspace_mount`. A parameter that is not in this
table would have no effect, so a launch in which it has a value is refused with `parameter_unsupported`; one that the
manifest does not declare is refused with `parameter_unknown`.

";

fn table(page: &mut String, heading: &str, fields: &[Field]) {
    let _ = writeln!(page, "| {heading} | | What it means |\n|---|---|---|");
    for Field { path, treatment, meaning } in fields {
        let treatment = match treatment {
            Treatment::Enforced => "enforced".to_owned(),
            Treatment::Recorded => "recorded".to_owned(),
            Treatment::Refused(code) => format!("refused: `{}`", code.as_str()),
        };
        let _ = writeln!(page, "| `{path}` | {treatment} | {meaning} |");
    }
}
