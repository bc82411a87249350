//! Receivers that fail, for a while or for good.

use serde_json::json;

use super::receiver::{Receiver, Say};
use super::world::{again, create, create_with, project, world};

#[tokio::test]
async fn a_receiver_that_fails_is_asked_again_under_the_same_id_and_the_rest_waits() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[20, 20, 20, 20]).await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    receiver.say([Say::Status(500), Say::Status(429), Say::Status(404)]);
    project(&tenant, "one").await;
    project(&tenant, "two").await;
    let first = receiver.next().await;
    for _ in 0..3 {
        let again = receiver.next().await;
        assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    }
    let two = receiver.next().await;
    assert_eq!(two.sequence(), first.sequence() + 1);
    let done = tenant.admin.until(&path, |webhook| webhook["delivery"]["done_with"] == json!(two.sequence())).await;
    assert_eq!((&done["delivery"]["failed_attempts"], &done["delivery"]["last_failure"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_left_in_time_and_holds_nobody_else_up() {
    let (mut silent, mut other) = (Receiver::start().await, Receiver::start().await);
    let hosts = [silent.host(), other.host()];
    let running = crate::harness::Running::with(super::world::sending(&hosts, &[60_000])).await;
    let tenant = crate::harness::Tenant::create(&running, "acme").await;
    silent.usually(Say::Nothing);
    let (path, _) = create_with(&tenant, json!({"url": silent.url(), "events": ["project.created"]})).await;
    create_with(&tenant, json!({"url": other.url(), "events": ["project.created"]})).await;
    for slug in ["one", "two", "three"] {
        project(&tenant, slug).await;
    }
    for slug in ["one", "two", "three"] {
        assert_eq!(other.next().await.json()["payload"]["slug"], slug);
    }
    let failed = tenant.admin.until(&path, |webhook| webhook["delivery"]["failed_attempts"] == 1).await;
    assert_eq!(failed["delivery"]["last_failure"], "it cannot be reached, or does not answer in time");
    silent.next().await;
    assert!(silent.has_nothing(), "the next attempt is a minute away");
    // Whoever mends it does not wait for that.
    silent.usually(Say::Status(204));
    tenant.admin.patch(&path, json!({"description": "mended"})).await.expect(200);
    for slug in ["one", "two", "three"] {
        assert_eq!(silent.next().await.json()["payload"]["slug"], slug);
    }
}

#[tokio::test]
async fn an_event_that_is_never_taken_becomes_a_dead_letter_and_the_next_has_its_turn() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[20, 20]).await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    receiver.say([Say::Status(400), Say::Status(400), Say::Status(400)]);
    project(&tenant, "poison").await;
    project(&tenant, "fine").await;
    let poison = receiver.next().await;
    for _ in 0..2 {
        assert_eq!(receiver.next().await.id(), poison.id());
    }
    assert_eq!(receiver.next().await.json()["payload"]["slug"], "fine");
    let letters = tenant.admin.get(&format!("{path}/dead-letters")).await.expect(200);
    assert_eq!(letters["items"].as_array().unwrap().len(), 1);
    let letter = &letters["items"][0];
    assert_eq!((letter["owner_sequence"].as_u64(), &letter["attempts"]), (Some(poison.sequence()), &json!(3)));
    assert_eq!(tenant.admin.get(&path).await.expect(200)["status"], "active");
    // A redelivery that fails leaves the letter where it is.
    receiver.say([Say::Status(503)]);
    tenant.admin.act(&format!("{path}/dead-letters/{}/redeliver", poison.sequence())).await.expect(202);
    tenant.admin.until(&format!("{path}/dead-letters"), |page| page["items"][0]["attempts"] == 4).await;
}

#[tokio::test]
async fn a_webhook_that_keeps_failing_is_disabled_and_loses_nothing_more() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[10, 10, 10]).await;
    let (path, _) = create_with(&tenant, json!({"url": receiver.url(), "events": ["project.created"]})).await;
    receiver.usually(Say::Status(500));
    for slug in ["one", "two", "three"] {
        project(&tenant, slug).await;
    }
    let disabled = tenant.admin.until(&path, |webhook| webhook["status"] == "disabled").await;
    assert_eq!(disabled["disabled_reason"], "failing");
    let letters = tenant.admin.get(&format!("{path}/dead-letters")).await.expect(200);
    assert_eq!(letters["items"].as_array().unwrap().len(), 1, "one event was given up, and then the webhook");
    while !receiver.has_nothing() {}
    receiver.usually(Say::Status(204));
    tenant.admin.act(&format!("{path}/enable")).await.expect(200);
    for slug in ["two", "three"] {
        assert_eq!(receiver.next().await.json()["payload"]["slug"], slug);
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_asked_no_more() {
    let (mut receiver, mut other) = (Receiver::start().await, Receiver::start().await);
    let running = crate::harness::Running::with(super::world::sending(&[receiver.host(), other.host()], &[10])).await;
    let tenant = crate::harness::Tenant::create(&running, "acme").await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    receiver.say([Say::Status(410)]);
    project(&tenant, "one").await;
    let disabled = tenant.admin.until(&path, |webhook| webhook["status"] == "disabled").await;
    assert_eq!(
        (&disabled["disabled_reason"], &disabled["delivery"]["last_failure"]),
        (&json!("gone"), &json!("it answers 410 Gone"))
    );
    receiver.next().await;
    // What happens now is sent to whoever is there.
    create_with(&tenant, json!({"url": other.url(), "events": ["project.created"]})).await;
    project(&tenant, "two").await;
    assert_eq!(other.next().await.json()["payload"]["slug"], "two");
    assert!(receiver.has_nothing());
}

#[tokio::test]
async fn a_webhook_that_is_enabled_again_does_not_wait() {
    let mut receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[3_600_000]).await;
    let (path, _) = create_with(&tenant, json!({"url": receiver.url(), "events": ["project.created"]})).await;
    receiver.usually(Say::Status(500));
    project(&tenant, "one").await;
    let one = receiver.next().await;
    tenant.admin.until(&path, |webhook| webhook["delivery"]["failed_attempts"] == 1).await;
    tenant.admin.act(&format!("{path}/disable")).await.expect(200);
    receiver.usually(Say::Status(204));
    // A server that starts now knows of the wait from the database alone.
    let directory = running.directory().clone();
    running.stop().await;
    let running = again(directory, &[receiver.host()]).await;
    running.admin().act(&format!("{path}/enable")).await.expect(200);
    assert_eq!(receiver.next().await.id(), one.id(), "the next attempt was an hour away");
}

#[tokio::test]
async fn what_one_event_has_failed_is_not_counted_against_another() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[10, 3_600_000]).await;
    let (path, _) = create_with(&tenant, json!({"url": receiver.url(), "events": ["project.created"]})).await;
    receiver.usually(Say::Status(500));
    project(&tenant, "one").await;
    tenant.admin.until(&path, |webhook| webhook["delivery"]["failed_attempts"] == 2).await;
    assert_eq!(receiver.next().await.id(), receiver.next().await.id());
    receiver.usually(Say::Status(204));
    receiver.say([Say::Status(500)]);
    tenant.admin.patch(&path, json!({"filter": {"events": ["project.archived"]}})).await.expect(200);
    tenant.admin.delete(&tenant.fill("/api/v1/projects/{project_id}")).await.expect(200);
    let first = receiver.next().await;
    assert_eq!(first.event(), "project.archived");
    assert_eq!(receiver.next().await.id(), first.id(), "its first failure is not its last");
    let done = tenant.admin.until(&path, |webhook| webhook["delivery"]["done_with"] == json!(first.sequence())).await;
    assert_eq!(done["delivery"]["last_failure"], json!(null));
    let letters = tenant.admin.get(&format!("{path}/dead-letters")).await.expect(200);
    assert_eq!(letters["items"], json!([]));
}

#[tokio::test]
async fn a_redelivery_that_is_repeated_is_answered_as_the_first_and_one_of_nothing_is_refused() {
    let mut receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[]).await;
    let (path, _) = create_with(&tenant, json!({"url": receiver.url(), "events": ["project.created"]})).await;
    receiver.say([Say::Status(500)]);
    project(&tenant, "one").await;
    let given_up = receiver.next().await;
    let letters = format!("{path}/dead-letters");
    tenant.admin.until(&letters, |page| page["items"][0].is_object()).await;
    let redeliver = format!("{letters}/{}/redeliver", given_up.sequence());
    let ask = async || {
        let request = tenant.admin.request(reqwest::Method::POST, &redeliver).header("Idempotency-Key", "again");
        tenant.admin.send(request).await
    };
    let first = ask().await;
    assert_eq!(receiver.next().await.id(), given_up.id());
    tenant.admin.until(&letters, |page| page["items"] == json!([])).await;
    let second = ask().await;
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    assert_eq!(first.expect(202)["id"], second.expect(202)["id"]);
    // What is not there is refused, and leaves nothing; and who may not ask is told no more.
    let head = *running.log().head().borrow();
    tenant.admin.act(&redeliver).await.refused(404, "not_found");
    assert_eq!(*running.log().head().borrow(), head);
    let (user, token, _) = crate::harness::person(&running.admin(), "eve").await;
    let member = json!({"user_id": user, "role": "org_member"});
    tenant.admin.post(&tenant.fill("/api/v1/orgs/{org_id}/members"), member).await.expect(201);
    running.client(&token).act(&redeliver).await.refused(403, "forbidden");
}
