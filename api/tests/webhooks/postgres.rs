//! Several servers, of which one sends to a webhook at a time.

use tempfile::TempDir;

use super::receiver::Receiver;
use super::world::{create_with, project, sending};
use crate::harness::{Database, Running, Tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_send_each_event_once_and_in_order() {
    let mut receiver = Receiver::start().await;
    let (database, keys) = (Database::create().await, TempDir::new().unwrap());
    let start = async || {
        let (store, send) = (database.configure(keys.path()), sending(&[receiver.host()], &[50, 50]));
        let both = |config: &mut gpuaas_api::Config| {
            store(config);
            send(config);
        };
        Running::with(both).await
    };
    let one = start().await;
    let tenant = Tenant::create(&one, "acme").await;
    let other = start().await;
    let body = serde_json::json!({"url": receiver.url(), "events": ["project.created"]});
    create_with(&tenant, body).await;
    let slugs: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    for slug in &slugs {
        project(&tenant, slug).await;
    }
    for slug in &slugs {
        assert_eq!(&receiver.next().await.json()["payload"]["slug"], slug);
    }
    // Whoever is left goes on.
    let token = super::tenant_token(&one, &tenant).await;
    one.stop().await;
    let admin = other.client(&token);
    let last = serde_json::json!({"slug": "last", "display_name": "Last"});
    admin.post(&format!("/api/v1/orgs/{}/projects", tenant.organization), last).await.expect(201);
    let mut waited = 0;
    let got = loop {
        // The one that ended holds the webhook for half a minute at most.
        match tokio::time::timeout(std::time::Duration::from_secs(10), receiver.next()).await {
            Ok(got) => break got,
            Err(_) => waited += 1,
        }
        assert!(waited < 5, "nobody goes on");
    };
    assert_eq!(got.json()["payload"]["slug"], "last");
    other.stop().await;
    database.drop_now().await;
}
