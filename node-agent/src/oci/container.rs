//! The container that a workload gets: every rule that the engine enforces, in one place.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, DeviceRequest, HostConfig, HostConfigLogConfig, RestartPolicy, RestartPolicyNameEnum,
};
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::task::ConfigDigest;

use super::labels;
use crate::journal::Work;

/// Flags of all scratch space. It is sized, so that memory bounds it.
const SCRATCH: &str = "rw,nosuid,nodev,mode=1777";

/// What the engine is asked for. `secrets` are environment variables that are kept nowhere else.
pub(super) fn body(
    node: NodeId,
    work: &Work,
    image: &ConfigDigest,
    secrets: &[(String, String)],
    ipv6: bool,
) -> ContainerCreateBody {
    let profile = &work.spec.profile;
    let declared = profile.container_env.iter().map(|(name, value)| format!("{name}={value}"));
    let secret = secrets.iter().map(|(name, value)| format!("{name}={value}"));
    ContainerCreateBody {
        // By config digest: no name can lead to another image.
        image: Some(image.to_string()),
        cmd: profile.command_args.as_ref().map(|args| args.iter().map(ToString::to_string).collect()),
        env: Some(declared.chain(secret).collect()),
        working_dir: profile.working_directory.as_ref().map(ToString::to_string),
        hostname: Some(profile.slug.to_string()).filter(|slug| !slug.is_empty()),
        labels: Some(labels::of_container(node, work)),
        host_config: Some(host_config(work, ipv6)),
        ..ContainerCreateBody::default()
    }
}

fn host_config(work: &Work, ipv6: bool) -> HostConfig {
    let values = &work.spec.values;
    let memory = i64::try_from(values.memory_bytes).unwrap_or(i64::MAX);
    let no_ipv6 = ("net.ipv6.conf.all.disable_ipv6".to_owned(), "1".to_owned());
    HostConfig {
        memory: Some(memory),
        // The same as memory: no swap.
        memory_swap: Some(memory),
        nano_cpus: Some(i64::from(values.cpu_millis) * 1_000_000),
        pids_limit: Some(i64::from(values.processes)),
        privileged: Some(false),
        cap_drop: Some(vec!["ALL".into()]),
        security_opt: Some(vec!["no-new-privileges:true".into()]),
        readonly_rootfs: Some(true),
        tmpfs: Some(scratch(work)),
        ipc_mode: Some("private".into()),
        network_mode: Some(labels::name(work.instance(), work.generation)),
        // The engine's resolver would ask the host's servers on the workload's behalf; this one never answers.
        dns: Some(vec!["127.0.0.1".into()]),
        sysctls: ipv6.then(|| HashMap::from([no_ipv6])),
        device_requests: Some(gpus(work)),
        log_config: Some(bounded_log()),
        // Nothing starts again by itself: what ran is what was attested.
        restart_policy: Some(RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }),
        ..HostConfig::default()
    }
}

/// `/tmp` and the mounts, in memory: no path of the host is in the container, so a link leads nowhere else.
fn scratch(work: &Work) -> HashMap<String, String> {
    let mounts = work.spec.mounts.iter().map(|mount| (mount.path.to_string(), mount.size_bytes));
    let sized = mounts.chain([("/tmp".to_owned(), work.spec.values.temporary_bytes)]);
    sized.map(|(path, size)| (path, format!("{SCRATCH},size={size}"))).collect()
}

fn gpus(work: &Work) -> Vec<DeviceRequest> {
    let ids: Vec<String> = work.spec.placement.gpus.iter().map(ToString::to_string).collect();
    let request = || DeviceRequest {
        driver: Some("nvidia".into()),
        device_ids: Some(ids.clone()),
        capabilities: Some(vec![vec!["gpu".into()]]),
        ..DeviceRequest::default()
    };
    (!ids.is_empty()).then(request).into_iter().collect()
}

/// The engine's own copy of the log, which the agent follows, does not fill the disk.
fn bounded_log() -> HostConfigLogConfig {
    let config = HashMap::from([("max-size".to_owned(), "4m".to_owned()), ("max-file".to_owned(), "2".to_owned())]);
    HostConfigLogConfig { typ: Some("json-file".into()), config: Some(config) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn made(work: &Work) -> ContainerCreateBody {
        let image = fixtures::work().container.unwrap().image;
        body(fixtures::node(), work, &image, &[("TOKEN".into(), "secret".into())], true)
    }

    #[test]
    fn nothing_of_the_host_is_in_the_container() {
        let host = made(&fixtures::work()).host_config.unwrap();
        assert!(host.binds.is_none() && host.mounts.is_none() && host.devices.is_none() && host.cap_add.is_none());
        assert!(host.pid_mode.is_none() && host.port_bindings.is_none() && host.volumes_from.is_none());
    }

    #[test]
    fn gpus_are_asked_for_by_id() {
        assert_eq!(made(&fixtures::work()).host_config.unwrap().device_requests, Some(vec![]));
        let mut work = fixtures::work();
        work.spec.placement.gpus = vec![fixtures::text("GPU-1"), fixtures::text("GPU-2")];
        let requests = made(&work).host_config.unwrap().device_requests.unwrap();
        assert_eq!(requests[0].device_ids, Some(vec!["GPU-1".into(), "GPU-2".into()]));
        assert_eq!(requests[0].count, None);
    }

    #[test]
    fn secrets_are_in_the_environment_and_not_in_the_labels() {
        let body = made(&fixtures::work());
        assert!(body.env.unwrap().contains(&"TOKEN=secret".to_owned()));
        assert!(!format!("{:?}", body.labels).contains("secret"));
    }
}
