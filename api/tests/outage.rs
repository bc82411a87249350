//! What a server stands on gives way: it says so, acknowledges nothing that it cannot
//! keep, and goes on when it can.

use serde_json::json;

use crate::harness::{Client, Running, Tenant};

/// Creates projects until the server refuses; how many were acknowledged, and the refusal.
async fn create_until_refused(client: &Client, organization: &str) -> (usize, crate::harness::Reply) {
    for number in 0..5_000 {
        let project = json!({"slug": format!("p{number}"), "display_name": "P".repeat(120)});
        let reply = client.post(&format!("/api/v1/orgs/{organization}/projects"), project).await;
        if !reply.status.is_success() {
            return (number, reply);
        }
    }
    panic!("the server was never refused anything");
}

#[tokio::test]
async fn a_full_disk_is_answered_and_nothing_acknowledged_is_missing() {
    let running = Running::with(|config| config.limits.log_bytes = Some(600_000)).await;
    let tenant = Tenant::create(&running, "acme").await;
    let (acknowledged, refused) = create_until_refused(&tenant.admin, &tenant.organization).await;
    refused.refused(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    let directory = running.directory().clone();
    running.stop().await;
    let again = Running::in_directory(directory, |_| {}).await;
    let mut found = 0;
    let mut query = String::new();
    loop {
        let path = format!("/api/v1/orgs/{}/projects?limit=200{query}", tenant.organization);
        let page = again.admin().get(&path).await.expect(200);
        found += page["items"].as_array().unwrap().len();
        let Some(next) = page["next_cursor"].as_str() else { break };
        query = format!("&cursor={next}");
    }
    assert_eq!(found, acknowledged + 1, "one was there before");
}

#[tokio::test]
async fn a_data_directory_that_takes_no_files_is_refused() {
    let config = crate::harness::config(std::path::Path::new("/proc/gpuaas"));
    let refused = gpuaas_api::serve(config).await.err().expect("nothing can be made there");
    assert!(refused.to_string().contains("/proc/gpuaas cannot be used"), "{refused}");
}

mod postgres {
    use std::collections::BTreeSet;
    use std::time::{Duration, Instant};

    use gpuaas_log::appender::Condition;

    use super::*;
    use crate::harness::Database;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_database_that_is_gone_is_answered_and_used_again_when_it_is_back() {
        let database = Database::create().await;
        let keys = tempfile::tempdir().unwrap();
        let running = Running::with(database.configure(keys.path())).await;
        let tenant = Tenant::create(&running, "acme").await;
        let path = format!("/api/v1/orgs/{}", tenant.organization);
        database.close().await;
        let refused = tenant.admin.patch(&path, json!({"display_name": "While it was gone"})).await;
        assert_eq!(refused.status.as_u16(), 503, "{}", refused.body);
        assert!(["unavailable", "outcome_unknown", "overloaded"].contains(&refused.code()), "{}", refused.body);
        assert!(!refused.header("retry-after").is_empty());
        running.anonymous().get("/readyz").await.refused(503, "unavailable");
        database.open().await;
        let back = loop {
            let reply = tenant.admin.patch(&path, json!({"display_name": "Back"})).await;
            if reply.status.as_u16() != 503 {
                break reply;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(back.expect(200)["display_name"], "Back");
        assert_eq!(tenant.admin.get(&path).await.expect(200)["display_name"], "Back");
        running.stop().await;
        database.drop_now().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stopped_log_takes_nothing_until_an_operator_lets_it() {
        let database = Database::create().await;
        let keys = tempfile::tempdir().unwrap();
        let running = Running::with(database.configure(keys.path())).await;
        let tenant = Tenant::create(&running, "acme").await;
        let path = format!("/api/v1/orgs/{}", tenant.organization);
        database.stop_log().await;
        let patch = || tenant.admin.patch(&path, json!({"display_name": "Stopped"}));
        patch().await.refused(503, "log_stopped");
        assert_eq!(tenant.admin.get(&path).await.expect(200)["display_name"], "acme");
        running.log().resume().await.unwrap();
        let is_running = |condition: &Condition| *condition == Condition::Running;
        running.log().condition().wait_for(is_running).await.unwrap();
        assert_eq!(patch().await.expect(200)["display_name"], "Stopped");
        running.stop().await;
        database.drop_now().await;
    }

    /// Long enough for every pause between attempts to reach its longest several times.
    /// Connections are refused at once, so no deadline is waited for.
    const A_MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_acknowledged_before_and_after_a_minute_without_the_database_is_there() {
        let database = Database::create().await;
        let keys = tempfile::tempdir().unwrap();
        let running = Running::with(database.configure(keys.path())).await;
        let tenant = Tenant::create(&running, "acme").await;
        let projects = format!("/api/v1/orgs/{}/projects", tenant.organization);
        let mut acknowledged = BTreeSet::new();
        let mut numbers = 0..;
        let mut create = async || {
            let slug = format!("p{}", numbers.next().unwrap());
            let reply = tenant.admin.post(&projects, json!({"slug": slug, "display_name": "P"})).await;
            if reply.status.is_success() {
                acknowledged.insert(slug);
                return true;
            }
            assert_eq!(reply.status.as_u16(), 503, "{}", reply.body);
            assert!(!reply.header("retry-after").is_empty(), "{}", reply.body);
            false
        };
        for _ in 0..20 {
            assert!(create().await);
        }
        database.close().await;
        let gone = Instant::now();
        while gone.elapsed() < A_MINUTE {
            assert!(!create().await, "nothing can be kept, so nothing is acknowledged");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        database.open().await;
        let back = Instant::now();
        while !create().await {
            assert!(back.elapsed() < Duration::from_secs(20), "it goes on by itself");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for _ in 0..20 {
            assert!(create().await);
        }
        let listed = tenant.admin.until(&format!("{projects}?limit=200"), |page| page["items"].is_array()).await;
        let found: BTreeSet<String> =
            listed["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect();
        let missing: Vec<_> = acknowledged.difference(&found).collect();
        assert!(missing.is_empty(), "{missing:?}");
        running.stop().await;
        database.drop_now().await;
    }
}
