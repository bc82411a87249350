//! Where webhooks are not sent.

use serde_json::json;

use super::receiver::{Receiver, Say};
use super::tenant_token;
use super::world::{again, create, project, webhooks, world};

#[tokio::test]
async fn a_webhook_to_a_private_address_is_refused_and_nothing_is_written() {
    let receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[]).await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    let before = *running.log().head().borrow();
    let another_port = format!("http://127.0.0.1:{}/", receiver.address.port() ^ 1);
    for url in [
        "https://127.0.0.1/hook",
        "https://2130706433/hook",
        "https://[::1]/hook",
        "https://localhost/hook",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data",
        "http://1.1.1.1/hook",
        "https://me:secret@1.1.1.1/hook",
        "https://1.1.1.1/hook?token=secret",
        "ftp://1.1.1.1/hook",
        "not a URL",
        &another_port,
    ] {
        let refused = tenant.admin.post(&webhooks(&tenant), json!({"url": url})).await;
        refused.refused(422, "webhook_address_refused");
        assert_eq!(refused.body["error"]["fields"][0]["field"], "url", "{url}");
        tenant.admin.patch(&path, json!({"url": url})).await.refused(422, "webhook_address_refused");
    }
    assert_eq!(*running.log().head().borrow(), before, "nothing was written");
    let keys = std::fs::read_dir(running.directory().path().join("keys/webhook")).unwrap().count();
    assert_eq!(keys, 1, "no key was made but that of the one webhook");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (mut receiver, mut secret_place) = (Receiver::start().await, Receiver::start().await);
    let (_running, tenant) = world(&receiver, &[60_000]).await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    receiver.say([Say::Redirect(secret_place.url())]);
    project(&tenant, "one").await;
    let failed = tenant.admin.until(&path, |webhook| webhook["delivery"]["failed_attempts"] == 1).await;
    assert_eq!(failed["delivery"]["last_failure"], "it answers 307 Temporary Redirect; no redirect is followed");
    receiver.next().await;
    assert!(secret_place.has_nothing());
}

#[tokio::test]
async fn a_name_that_comes_to_mean_a_private_address_is_not_sent_to() {
    let mut receiver = Receiver::start().await;
    // Listed, the name may be taken; when it is no more, it is one like any other.
    let listed = format!("localhost:{}", receiver.address.port());
    let running = crate::harness::Running::with(super::world::sending(std::slice::from_ref(&listed), &[60_000])).await;
    let tenant = crate::harness::Tenant::create(&running, "acme").await;
    let (path, _) = create(&tenant, &format!("https://{listed}/hook")).await;
    let directory = running.directory().clone();
    running.stop().await;
    let running = again(directory, &[]).await;
    let admin = running.client(&tenant_token(&running, &tenant).await);
    let project = json!({"slug": "one", "display_name": "One"});
    admin.post(&format!("/api/v1/orgs/{}/projects", tenant.organization), project).await.expect(201);
    let failed = admin.until(&path, |webhook| webhook["delivery"]["last_failure"] != json!(null)).await;
    assert_eq!(failed["delivery"]["last_failure"], "its address is a private one");
    assert!(receiver.has_nothing());
}
