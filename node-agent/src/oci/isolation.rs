//! The host's firewall. A workload's network is internal, so the engine forwards nothing for
//! it; what is left is the bridge's own address, which is the host. One rule closes that for
//! every bridge of ours, by the beginning of its name: it lets answers through and nothing that
//! a workload begins. It is looked for before each network is made and each container started,
//! since others may rewrite the tables, and it goes with the last network, so that nothing of
//! ours is left on a machine that runs none of our workloads.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use gpuaas_domain::node_protocol::output::{Failure, FailureCode};
use tokio::process::Command;

use super::labels::BRIDGE_PREFIX;

/// Chain and match of each rule; the target is DROP. `gpw` is [`super::labels::BRIDGE_PREFIX`].
const RULES: [&[&str]; 3] = [
    &["INPUT", "-i", "gpw+", "-m", "conntrack", "!", "--ctstate", "ESTABLISHED"],
    // The engine has these for internal networks too; they hold if it forgets.
    &["FORWARD", "-i", "gpw+"],
    &["FORWARD", "-o", "gpw+"],
];

/// Held while rules or networks come and go: another agent of this machine must not take a
/// rule away between the moment it is found and that in which a network needs it.
const LOCK: &str = "/run/gpuaas-isolation.lock";
const PAUSE: Duration = Duration::from_millis(10);

/// As long as this is there, the rules stay in place.
#[must_use]
pub(super) struct InPlace {
    _lock: File,
}

/// Puts the rules in place, where they are not.
pub(super) async fn ensure() -> Result<InPlace, Failure> {
    let held = InPlace { _lock: alone().await? };
    put(&[]).await?;
    Ok(held)
}

/// Takes the rules away, if no workload has a network any more.
pub(super) async fn lift_if_unused() -> Result<(), Failure> {
    let _alone = alone().await?;
    if has_bridges().map_err(|error| unavailable(&error.to_string()))? { Ok(()) } else { take_away(&[]).await }
}

/// Says whether workloads could be isolated here.
pub(super) async fn probe() -> Result<(), Failure> {
    drop(ensure().await?);
    lift_if_unused().await
}

/// Whether the kernel speaks IPv6.
pub(super) fn has_ipv6() -> bool {
    Path::new("/proc/sys/net/ipv6").exists()
}

async fn alone() -> Result<File, Failure> {
    let open = || File::options().create(true).append(true).open(LOCK);
    let lock = open().map_err(|error| unavailable(&format!("{LOCK}: {error}")))?;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(unavailable(&format!("{LOCK}: {error}"))),
        }
    }
}

fn has_bridges() -> std::io::Result<bool> {
    for interface in std::fs::read_dir("/sys/class/net")? {
        if interface?.file_name().to_string_lossy().starts_with(BRIDGE_PREFIX) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `within` is what runs the programs, if not this machine's own network is meant.
async fn put(within: &[&str]) -> Result<(), Failure> {
    for program in programs() {
        for rule in RULES {
            if !apply(within, program, "-C", rule).await?.status.success() {
                let inserted = apply(within, program, "-I", rule).await?;
                if !inserted.status.success() {
                    let said = String::from_utf8_lossy(&inserted.stderr);
                    return Err(unavailable(&format!("{program}: {}", said.trim())));
                }
            }
        }
    }
    Ok(())
}

async fn take_away(within: &[&str]) -> Result<(), Failure> {
    for program in programs() {
        for rule in RULES {
            // A rule that is there twice is taken away twice; none is left when there is none to take.
            while apply(within, program, "-D", rule).await?.status.success() {}
        }
    }
    Ok(())
}

fn programs() -> Vec<&'static str> {
    if has_ipv6() { vec!["iptables", "ip6tables"] } else { vec!["iptables"] }
}

async fn apply(within: &[&str], program: &str, action: &str, rule: &[&str]) -> Result<Output, Failure> {
    let (chain, matches) = rule.split_first().expect("a rule names its chain");
    let words: Vec<&str> = within.iter().copied().chain([program, "--wait", "5", action, chain]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(matches).args(["-j", "DROP"]);
    // Where they are when the path of a service is short.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command.output().await.map_err(|error| unavailable(&format!("{program}: {error}")))
}

fn unavailable(reason: &str) -> Failure {
    let message =
        format!("workloads cannot be kept from the host; run the agent as root, with iptables there ({reason})");
    Failure::new(FailureCode::IsolationUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_go_by_the_bridges_names() {
        let interface = format!("{BRIDGE_PREFIX}+");
        assert!(RULES.iter().all(|rule| rule.contains(&interface.as_str())));
    }

    /// With the kernel's real tables, as for the engine; those of a network of its own.
    mod docker {
        use super::*;

        /// A network in which nobody has put anything.
        struct BareMachine(String);

        impl BareMachine {
            async fn new() -> Self {
                let name = format!("gpuaas-test-{}", std::process::id());
                ip(&["netns", "add", &name]).await;
                Self(name)
            }

            fn within(&self) -> [&str; 4] {
                ["ip", "netns", "exec", &self.0]
            }

            async fn rules(&self) -> Vec<String> {
                let mut rules = Vec::new();
                for program in programs() {
                    let mut command = Command::new("ip");
                    let output = command.args(&self.within()[1..]).args([program, "-S"]).output().await.unwrap();
                    let said = String::from_utf8(output.stdout).unwrap();
                    rules.extend(said.lines().filter(|line| line.starts_with("-A")).map(str::to_owned));
                }
                rules
            }
        }

        impl Drop for BareMachine {
            fn drop(&mut self) {
                let _ = std::process::Command::new("ip").args(["netns", "delete", &self.0]).status();
            }
        }

        async fn ip(arguments: &[&str]) {
            assert!(Command::new("ip").args(arguments).status().await.unwrap().success());
        }

        #[tokio::test]
        async fn a_bare_machine_gets_each_rule_once_and_is_bare_again_afterwards() {
            let machine = BareMachine::new().await;
            assert_eq!(machine.rules().await, Vec::<String>::new());
            put(&machine.within()).await.unwrap();
            put(&machine.within()).await.unwrap();
            let rules = machine.rules().await;
            assert_eq!(rules.len(), RULES.len() * programs().len(), "{rules:?}");
            assert!(rules.iter().all(|rule| rule.contains("gpw+") && rule.ends_with("-j DROP")), "{rules:?}");
            take_away(&machine.within()).await.unwrap();
            assert_eq!(machine.rules().await, Vec::<String>::new());
        }
    }
}
