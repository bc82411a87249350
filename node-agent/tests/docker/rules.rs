//! Every rule of a container, tried from inside one.

use gpuaas_domain::node_protocol::output::FailureCode;

use super::engine::{TestImage, container, exec};
use super::world::{World, command};

struct Inside {
    world: World,
    container: String,
    _image: TestImage,
}

impl Inside {
    async fn new() -> Self {
        let (world, image) = (World::new().await, TestImage::make().await);
        let output = world.launch(&world.web(image.local())).await.unwrap();
        let container = output.status.container.unwrap().to_string();
        Self { world, container, _image: image }
    }

    async fn says(&self, command: &str) -> String {
        let (code, said) = exec(&self.world.docker, &self.container, command).await;
        assert_eq!(code, 0, "{command}: {said}");
        said
    }

    async fn cannot(&self, command: &str) -> String {
        let (code, said) = exec(&self.world.docker, &self.container, command).await;
        assert_ne!(code, 0, "{command}: {said}");
        said
    }
}

#[tokio::test]
async fn a_process_has_no_capabilities_and_gains_no_privileges() {
    let inside = Inside::new().await;
    // Process 1 is the workload itself.
    for process in ["1", "self"] {
        let status = inside.says(&format!("grep -E '^(Cap|NoNewPrivs)' /proc/{process}/status")).await;
        let values: Vec<&str> = status.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
        let (capabilities, privileges) = values.split_at(5);
        assert!(capabilities.iter().all(|set| set.trim_start_matches('0').is_empty()), "{status}");
        assert_eq!(privileges, ["1"]);
    }
}

#[tokio::test]
async fn only_scratch_can_be_written_and_it_has_a_size() {
    let inside = Inside::new().await;
    for path in
        ["/x", "/bin/x", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/proc/sys/kernel/hostname", "/sys/x"]
    {
        inside.cannot(&format!("echo x >> {path}")).await;
    }
    for path in ["/workspace", "/tmp"] {
        inside.says(&format!("dd if=/dev/zero of={path}/fits bs=1024 count=512")).await;
        let said = inside.cannot(&format!("dd if=/dev/zero of={path}/more bs=1024 count=1024")).await;
        assert!(said.contains("No space left"), "{said}");
    }
}

#[tokio::test]
async fn a_link_in_scratch_leads_out_of_nothing() {
    let inside = Inside::new().await;
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "secret").unwrap();
    let path = outside.path().display();
    inside.says("ln -s / /workspace/root && ln -s ../../../../../../.. /workspace/up").await;
    for through in ["/workspace/root", "/workspace/up", "/proc/1/root"] {
        inside.cannot(&format!("cat {through}{path}")).await;
        inside.cannot(&format!("touch {through}/x")).await;
    }
    assert_eq!(std::fs::read_to_string(outside.path()).unwrap(), "secret");
}

#[tokio::test]
async fn nothing_of_the_host_is_mounted_but_three_files_that_cannot_be_written() {
    let inside = Inside::new().await;
    let mounts = inside.says("cat /proc/mounts").await;
    for line in mounts.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [device, place, _, options, ..] = fields[..] else { panic!("{line}") };
        if device.starts_with("/dev/") {
            assert!(["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"].contains(&place), "{line}");
            assert!(options.split(',').any(|option| option == "ro"), "{line}");
        }
    }
}

#[tokio::test]
async fn processes_are_limited() {
    let inside = Inside::new().await;
    let said = inside.cannot("for i in $(seq 64); do sleep 3 & done; wait").await;
    assert!(said.contains("fork"), "{said}");
}

#[tokio::test]
async fn processors_and_memory_are_limited() {
    let inside = Inside::new().await;
    let cpu = inside
        .says("cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us")
        .await;
    assert_eq!(cpu.split_whitespace().collect::<Vec<_>>(), ["50000", "100000"]);
    let memory = inside
        .says("cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes")
        .await;
    assert_eq!(memory.trim(), (64u64 << 20).to_string());
}

#[tokio::test]
async fn a_workload_that_takes_more_memory_than_it_has_is_ended_and_that_is_said() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.profile.command_args = Some(command("exec dd if=/dev/zero of=/dev/null bs=256M count=1"));
    let (code, output) = *world.launch(&spec).await.unwrap_err();
    assert_eq!((code, output.status.exit_code), (FailureCode::OutOfMemory, Some(137)));
}

#[tokio::test]
async fn nothing_starts_a_workload_again_but_a_task() {
    let inside = Inside::new().await;
    let inspected = inside.world.docker.inspect_container(&inside.container, None).await.unwrap();
    let host = inspected.host_config.unwrap();
    assert_eq!(host.restart_policy.unwrap().name.unwrap().to_string(), "no");
    assert_eq!(host.log_config.unwrap().config.unwrap()["max-size"], "4m");
    let labels = inspected.config.unwrap().labels.unwrap();
    let instance = &labels["gpuaas.instance"];
    assert_eq!(container(&inside.world.docker, instance).await.id, inspected.id);
    let name = format!("/gpuaas-{}-g1", instance.trim_start_matches("inst_"));
    assert_eq!(inspected.name, Some(name));
}
