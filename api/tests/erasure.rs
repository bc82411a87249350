//! Erasing a person.

use serde_json::{Value, json};

use crate::harness::{Client, Running, Tenant, person};

fn path(user: &str) -> String {
    format!("/api/v1/users/{user}/erase")
}

/// Keys of persons that a key store holds.
fn keys(folder: &std::path::Path) -> usize {
    let files = std::fs::read_dir(folder.join("person")).unwrap();
    files.filter(|file| file.as_ref().unwrap().path().extension().is_none()).count()
}

async fn erase(operator: &Client, user: &str) {
    let erased = operator.act(&path(user)).await.expect(200);
    assert_eq!(erased["id"], user);
    assert_eq!((&erased["status"], &erased["person"]), (&json!("erased"), &Value::Null));
    assert_eq!(erased["platform_roles"], json!([]));
}

#[tokio::test]
async fn an_erased_person_is_shown_as_such_and_acts_no_more() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "laptop"})).await.expect(201);
    let before = keys(&running.directory().path().join("keys"));
    erase(&operator, &tenant.admin_user).await;
    assert_eq!(keys(&running.directory().path().join("keys")), before - 1);
    tenant.admin.get("/api/v1/users/me").await.refused(401, "token_revoked");
    let shown = operator.get(&format!("/api/v1/users/{}", tenant.admin_user)).await.expect(200);
    assert_eq!((&shown["status"], &shown["person"]), (&json!("erased"), &Value::Null));
    let listed = operator.get("/api/v1/users?status=erased").await.expect(200);
    assert_eq!(listed["items"], json!([shown]));
    for members in [format!("orgs/{}", tenant.organization), format!("projects/{}", tenant.project)] {
        let members = operator.get(&format!("/api/v1/{members}/members")).await.expect(200);
        let member = members["items"].as_array().unwrap().iter().find(|member| member["user_id"] == tenant.admin_user);
        let member = member.unwrap();
        assert_eq!((&member["erased"], &member["person"]), (&json!(true), &Value::Null));
    }
    let tokens = operator.get(&format!("/api/v1/users/{}/tokens", tenant.admin_user)).await.expect(200);
    assert!(tokens["items"].as_array().unwrap().iter().all(|token| token["name"].is_null()), "{tokens}");
}

#[tokio::test]
async fn an_erasure_of_nobody_of_oneself_or_again_is_refused() {
    let running = Running::start().await;
    let operator = running.admin();
    let (ada, _, _) = person(&operator, "ada").await;
    let me = operator.get("/api/v1/users/me").await.expect(200);
    operator.act(&path(me["id"].as_str().unwrap())).await.refused(409, "cannot_erase_oneself");
    operator.act(&path("user_01h2e8kqvbfwea724h75qc655w")).await.refused(404, "not_found");
    operator.act(&path("ada@example.org")).await.refused(400, "invalid_parameter");
    erase(&operator, &ada).await;
    operator.act(&path(&ada)).await.refused(409, "user_erased");
    operator.patch(&format!("/api/v1/users/{ada}"), json!({"status": "active"})).await.refused(409, "user_erased");
    // Nobody is erased by the way of a change of status.
    let (eve, _, _) = person(&operator, "eve").await;
    operator.patch(&format!("/api/v1/users/{eve}"), json!({"status": "erased"})).await.refused(422, "invalid_field");
}

#[tokio::test]
async fn a_trial_erases_nobody() {
    let running = Running::start().await;
    let operator = running.admin();
    let (ada, _, _) = person(&operator, "ada").await;
    let trial = operator.act(&format!("{}?dry_run=true", path(&ada))).await.expect(200);
    assert_eq!((&trial["would_succeed"], &trial["events"][0]["event"]), (&json!(true), &json!("user.erased")));
    let shown = operator.get(&format!("/api/v1/users/{ada}")).await.expect(200);
    assert_eq!((&shown["status"], &shown["person"]["email"]), (&json!("active"), &json!("ada@example.org")));
}

#[tokio::test]
async fn the_address_of_an_erased_person_is_free_and_opens_nothing_of_them() {
    let running = Running::start().await;
    let operator = running.admin();
    let (ada, _, _) = person(&operator, "ada").await;
    let same = json!({"display_name": "Ada", "email": "ada@example.org"});
    let taken = operator.post("/api/v1/users", same.clone()).await;
    taken.refused(409, "name_taken");
    // The refusal is kept for its key, so it does not repeat the address.
    assert!(!taken.body.to_string().contains("ada@"), "{}", taken.body);
    erase(&operator, &ada).await;
    let another = operator.post("/api/v1/users", same).await.expect(201);
    assert_eq!(another["person"]["email"], "ada@example.org");
    let shown = operator.get(&format!("/api/v1/users/{ada}")).await.expect(200);
    assert_eq!(shown["person"], Value::Null);
}

#[tokio::test]
async fn when_another_admin_erases_the_operator_the_next_start_makes_a_new_one() {
    let running = Running::start().await;
    let operator = running.admin();
    let me = operator.get("/api/v1/users/me").await.expect(200)["id"].as_str().unwrap().to_owned();
    let (second, token, _) = person(&operator, "second").await;
    let roles = json!({"platform_roles": ["platform_admin"]});
    operator.patch(&format!("/api/v1/users/{second}"), roles).await.expect(200);
    let second = running.client(&token);
    second.see(&operator);
    erase(&second, &me).await;
    operator.get("/api/v1/users/me").await.refused(401, "token_revoked");
    let directory = running.directory().clone();
    running.stop().await;
    let again = Running::in_directory(directory, |_| {}).await;
    let new = again.admin().get("/api/v1/users/me").await.expect(200);
    assert_eq!((&new["platform_roles"], new["id"] == me), (&json!(["platform_admin"]), false));
}

mod postgres {
    use std::fs;

    use super::*;
    use crate::harness::Database;

    #[tokio::test]
    async fn servers_with_key_stores_of_their_own_all_destroy_the_key() {
        let database = Database::create().await;
        let stores = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, other] = [&stores[0], &stores[1]].map(|store| store.path());
        let first = Running::with(database.configure(one)).await;
        let operator = first.admin();
        let (ada, _, _) = person(&operator, "ada").await;
        for folder in ["", "person", "digest", "credential"] {
            fs::create_dir_all(other.join(folder)).unwrap();
            for file in fs::read_dir(one.join(folder)).unwrap() {
                let file = file.unwrap().path();
                if file.is_file() {
                    fs::copy(&file, other.join(folder).join(file.file_name().unwrap())).unwrap();
                }
            }
        }
        let second = Running::with(database.configure(other)).await;
        let there = second.client(fs::read_to_string(first.directory().path().join("admin.token")).unwrap().trim());
        there.see(&operator);
        let shown = there.get(&format!("/api/v1/users/{ada}")).await.expect(200);
        assert_eq!(shown["person"]["email"], "ada@example.org");
        let before = keys(other);
        erase(&operator, &ada).await;
        let path = format!("/api/v1/users/{ada}");
        there.until(&path, |shown| shown["person"].is_null() && keys(other) == before - 1).await;
        first.stop().await;
        second.stop().await;
        database.drop_now().await;
    }
}
