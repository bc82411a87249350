//! The host's firewall. A workload's network is internal, so the engine forwards nothing for
//! it; what is left is the bridge's own address, which is the host. One rule closes that for
//! every bridge of ours, by the beginning of its name: it lets answers through and nothing that
//! a workload begins. It is looked for before each launch, since others may rewrite the tables.

use std::path::Path;
use std::process::Output;

use gpuaas_domain::node_protocol::output::{Failure, FailureCode};
use tokio::process::Command;
use tokio::sync::Mutex;

/// Chain and match of each rule; the target is DROP. `gpw` is [`super::labels::BRIDGE_PREFIX`].
const RULES: [&[&str]; 3] = [
    &["INPUT", "-i", "gpw+", "-m", "conntrack", "!", "--ctstate", "ESTABLISHED"],
    // The engine has these for internal networks too; they hold if it forgets.
    &["FORWARD", "-i", "gpw+"],
    &["FORWARD", "-o", "gpw+"],
];

/// Checking and inserting must not interleave, or a rule is inserted twice.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Puts the rules in place, where they are not.
pub(super) async fn ensure() -> Result<(), Failure> {
    let _alone = ONE_AT_A_TIME.lock().await;
    for program in programs() {
        for rule in RULES {
            if !apply(program, "-C", rule).await?.status.success() {
                let inserted = apply(program, "-I", rule).await?;
                if !inserted.status.success() {
                    return Err(unavailable(&format!(
                        "{program}: {}",
                        String::from_utf8_lossy(&inserted.stderr).trim()
                    )));
                }
            }
        }
    }
    Ok(())
}

/// Whether the kernel speaks IPv6.
pub(super) fn has_ipv6() -> bool {
    Path::new("/proc/sys/net/ipv6").exists()
}

fn programs() -> Vec<&'static str> {
    if has_ipv6() { vec!["iptables", "ip6tables"] } else { vec!["iptables"] }
}

async fn apply(program: &str, action: &str, rule: &[&str]) -> Result<Output, Failure> {
    let (chain, matches) = rule.split_first().expect("a rule names its chain");
    let mut command = Command::new(program);
    command.args(["--wait", "5", action, chain]).args(matches).args(["-j", "DROP"]);
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
    use crate::oci::labels::BRIDGE_PREFIX;

    #[test]
    fn the_rules_go_by_the_bridges_names() {
        let interface = format!("{BRIDGE_PREFIX}+");
        assert!(RULES.iter().all(|rule| rule.contains(&interface.as_str())));
    }
}
