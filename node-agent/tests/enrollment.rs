//! Enrollment: once, by whoever has the token, with whom the token trusts.

use std::time::Duration;

use gpuaas_domain::Code;
use gpuaas_domain::fixed::Fingerprint;
use gpuaas_node_agent::{AgentError, GatewayError, IdentityError};

use crate::agent::{self, Agent};
use crate::gateway::Gateway;

fn refused_with(error: &AgentError, wanted: Code) -> bool {
    matches!(error, AgentError::Identity(IdentityError::Gateway(GatewayError::Refused { code, .. }))
        if code == wanted.as_str())
}

#[tokio::test]
async fn an_agent_enrolls_and_reports_what_it_has() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    let inventory =
        gateway.eventually("the inventory", || gateway.platform().nodes[&node].node.details()?.inventory.clone()).await;
    assert!(inventory.simulated && inventory.slots.len() == 4);
    gateway.eventually("a heartbeat", || gateway.passed().heartbeats.get(&node).copied()).await;
}

#[tokio::test]
async fn the_certificate_is_kept_and_the_token_needed_once() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    let folder = agent.stop().await;
    gateway.eventually("the stream to close", || (!gateway.platform().is_connected(node)).then_some(())).await;
    let _again = Agent::start_in(folder, |folder| agent::simulated(&gateway, folder, None));
    gateway.online(node).await;
}

#[tokio::test]
async fn the_key_is_for_the_agent_alone() {
    use std::os::unix::fs::PermissionsExt;
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    let key = std::fs::metadata(agent.folder.path().join("key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_used_token_enrolls_no_other_key() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _first = Agent::simulated(&gateway, token.clone());
    gateway.online(node).await;
    let error = Agent::simulated(&gateway, token).ended().await;
    assert!(refused_with(&error, Code::EnrollmentTokenUsed), "{error}");
}

#[tokio::test]
async fn the_same_key_may_ask_again_with_its_token() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token.clone());
    gateway.online(node).await;
    let folder = agent.stop().await;
    std::fs::remove_file(folder.path().join("certificate.json")).unwrap();
    gateway.eventually("the stream to close", || (!gateway.platform().is_connected(node)).then_some(())).await;
    let _again = Agent::start_in(folder, |folder| agent::simulated(&gateway, folder, Some(token)));
    gateway.online(node).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let gateway = Gateway::start().await;
    let (_, token) = gateway.register_with(true, Duration::ZERO);
    let error = Agent::simulated(&gateway, token).ended().await;
    assert!(refused_with(&error, Code::EnrollmentTokenExpired), "{error}");
}

#[tokio::test]
async fn a_foreign_token_is_refused() {
    let (gateway, other) = (Gateway::start().await, Gateway::start().await);
    let (_, mut token) = other.register(true);
    token.ca_fingerprint = gateway.authority.fingerprint();
    let error = Agent::simulated(&gateway, token).ended().await;
    assert!(refused_with(&error, Code::EnrollmentTokenUnknown), "{error}");
}

#[tokio::test]
async fn a_server_of_another_ca_gets_no_token() {
    let gateway = Gateway::start().await;
    let (node, mut token) = gateway.register(true);
    token.ca_fingerprint = Fingerprint([7; 32]);
    let agent = Agent::simulated(&gateway, token);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(gateway.platform().nodes[&node].node.identity().is_none());
    agent.stop().await;
}

#[tokio::test]
async fn without_a_token_there_is_no_node() {
    let gateway = Gateway::start().await;
    let error = Agent::start(|folder| agent::simulated(&gateway, folder, None)).ended().await;
    assert!(matches!(error, AgentError::Identity(IdentityError::NoToken)), "{error}");
}
