//! Many clients change one thing at once: all succeed, through one server and through two.

use std::sync::Arc;

use serde_json::json;

use crate::harness::{Client, Running, Tenant};

const CLIENTS: usize = 64;

/// Every client renames the organization and creates a project in it, all at once.
async fn all_change(organization: &str, clients: Vec<Client>) {
    let clients = clients.into_iter().enumerate().map(|(number, client)| {
        let organization = organization.to_owned();
        tokio::spawn(async move {
            let path = format!("/api/v1/orgs/{organization}");
            client.patch(&path, json!({"display_name": format!("Name {number}")})).await.expect(200);
            let project = json!({"slug": format!("project-{number}"), "display_name": "Project"});
            client.post(&format!("{path}/projects"), project).await.expect(201);
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

/// The organization's version, and how many projects it has.
async fn outcome(client: &Client, organization: &str) -> (String, usize) {
    let path = format!("/api/v1/orgs/{organization}");
    let version = client.get(&path).await.header("etag").to_owned();
    let projects = client.get(&format!("{path}/projects?limit=200")).await.expect(200);
    (version, projects["items"].as_array().unwrap().len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_change_one_organization_through_one_server() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let token = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "many"})).await.expect(201);
    let clients = (0..CLIENTS).map(|_| running.client(token["bearer"].as_str().unwrap())).collect();
    all_change(&tenant.organization, clients).await;
    // A write of its own takes the reader past all of them.
    tenant.admin.patch("/api/v1/users/me", json!({"display_name": "Reader"})).await.expect(200);
    let (version, projects) = outcome(&tenant.admin, &tenant.organization).await;
    assert_eq!((version.as_str(), projects), ("\"65\"", CLIENTS + 1));
}

mod postgres {
    use super::*;
    use crate::harness::Database;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn sixty_four_clients_change_one_organization_through_two_servers() {
        let database = Database::create().await;
        let keys = tempfile::tempdir().unwrap();
        let one = Running::with(database.configure(keys.path())).await;
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let two = Running::in_directory(directory, database.configure(keys.path())).await;
        let tenant = Tenant::create(&one, "acme").await;
        let token = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "many"})).await.expect(201);
        let token = token["bearer"].as_str().unwrap();
        let servers = [&one, &two];
        let clients = (0..CLIENTS).map(|number| servers[number % 2].client(token)).collect();
        all_change(&tenant.organization, clients).await;
        tenant.admin.patch("/api/v1/users/me", json!({"display_name": "Reader"})).await.expect(200);
        let elsewhere = two.client(token);
        elsewhere.see(&tenant.admin);
        for reader in [&tenant.admin, &elsewhere] {
            let (version, projects) = outcome(reader, &tenant.organization).await;
            assert_eq!((version.as_str(), projects), ("\"65\"", CLIENTS + 1));
        }
        one.stop().await;
        two.stop().await;
        database.drop_now().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_right_revoked_through_one_server_is_gone_on_the_other() {
        let database = Database::create().await;
        let keys = tempfile::tempdir().unwrap();
        let one = Running::with(database.configure(keys.path())).await;
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let two = Running::in_directory(directory, database.configure(keys.path())).await;
        assert!(!two.directory().path().join("admin.token").exists(), "the first server has the admin token");
        let tenant = Tenant::create(&one, "acme").await;
        let token = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "many"})).await.expect(201);
        let elsewhere = two.client(token["bearer"].as_str().unwrap());
        elsewhere.see(&tenant.admin);
        let path = format!("/api/v1/projects/{}", tenant.project);
        elsewhere.patch(&path, json!({"display_name": "Before"})).await.expect(200);
        one.admin()
            .patch(&format!("/api/v1/users/{}", tenant.admin_user), json!({"status": "disabled"}))
            .await
            .expect(200);
        // The engine guards each append by what it decided on: this holds at once.
        elsewhere.patch(&path, json!({"display_name": "After"})).await.refused(401, "token_revoked");
        one.stop().await;
        two.stop().await;
        database.drop_now().await;
    }
}
