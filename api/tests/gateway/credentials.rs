//! What is handed out to whom.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, TaskId, TypedId as _};
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::report::TaskStep;
use gpuaas_domain::node_protocol::task::SecretVariable;
use gpuaas_domain::node_task::TaskKind;
use serde_json::json;
use uuid::Uuid;

use super::enrolled;
use super::node::{Node, Reply};
use super::passing::specification;
use super::records::{QueueTask, execute, target};
use super::tasks::{done, step};
use crate::harness::{Running, Tenant};

async fn fetch(node: &Node, task: TaskId, reference: &str) -> Reply {
    node.gateway.post(path::CREDENTIALS, json!({"task": task, "reference": reference})).await
}

#[tokio::test]
async fn an_open_task_of_the_nodes_own_gets_what_it_names_and_nothing_else() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let folder = running.directory().path().join("keys/credential");
    for (name, secret) in [("registry", "s3cret"), ("another", "0ther")] {
        let credential = json!({"username": "robot", "secret": secret});
        std::fs::write(folder.join(name), credential.to_string()).unwrap();
    }
    let (mut node, other) = (enrolled(&running, "one").await, enrolled(&running, "other").await);
    let (organization, project) = (tenant.organization.parse().unwrap(), tenant.project.parse().unwrap());
    let target = target(organization, project, 4);
    let mut spec = specification(node.id, &target);
    spec.artifact.pull_credential = Some(Text::new("registry").unwrap());
    let secret = |name: &str| SecretVariable { name: Text::new("TOKEN").unwrap(), reference: Text::new(name).unwrap() };
    spec.artifact.secrets = vec![secret("app-token"), secret("missing")];
    let (kind, spec) = (TaskKind::OciLaunch, serde_json::to_string(&spec).unwrap());
    let task = execute(running.app(), &QueueTask { node: node.id, kind, target: Some(target), spec }).await;

    let login = fetch(&node, task, "registry").await.expect(200);
    assert_eq!(login, json!({"username": "robot", "secret": "s3cret"}));
    let token = fetch(&node, task, "app-token").await.expect(200);
    let known = running.app().world.app_token(InstanceId::from_uuid(Uuid::from_u128(4)));
    assert_eq!(token, json!({"username": null, "secret": known}));

    for not_named in ["another", "../node-ca", ""] {
        fetch(&node, task, not_named).await.refused(404, "not_found");
    }
    let missing = fetch(&node, task, "missing").await;
    missing.refused(404, "not_found");
    assert!(missing.body["error"]["message"].as_str().unwrap().contains("operator"), "{}", missing.body);
    fetch(&other, task, "registry").await.refused(403, "task_of_another_node");
    fetch(&node, TaskId::from_uuid(Uuid::from_u128(1)), "registry").await.refused(404, "not_found");
    node.report(vec![step(task, TaskStep::Accepted), step(task, done())]).await.expect(200);
    fetch(&node, task, "registry").await.refused(409, "task_ended");
}
