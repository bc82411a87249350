//! What an explanation tells of appends over several owners, and where it ends.

use std::iter::zip;

use gpuaas_domain::id::{OrganizationId, ProjectId, ServiceAccountId, TypedId as _};
use gpuaas_domain::project::{Event, Updated};
use gpuaas_domain::{EventSet as _, Fields};
use gpuaas_log::append::{Actor, Append, Guard, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::entry::Cause;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Running, Tenant};

/// The projects of some tenants are renamed in one append, as a command over several owners
/// would do it. Says where it stands.
async fn rename(
    running: &Running,
    tenants: &[&Tenant],
    guards: Vec<Guard>,
    cause: Cause,
) -> std::ops::RangeInclusive<u64> {
    let log = running.log();
    let mut streams = Vec::new();
    for tenant in tenants {
        let (project, organization) =
            (tenant.project.parse::<ProjectId>(), tenant.organization.parse::<OrganizationId>());
        let stream = StreamId::new("project", project.unwrap().uuid());
        let expected = log.read_stream(&stream, 0, 1_000).await.unwrap().len() as u64;
        let event = Event::from(Updated { slug: "research".into(), display_name: format!("Number {expected}") });
        let payload = NewPayload::Inline(gpuaas_log::payload::encode(&Fields(&event)).unwrap());
        let event = NewEvent { event: Name::Borrowed(event.name()), schema: event.schema(), payload };
        streams.push(StreamAppend { stream, owner: Some(organization.unwrap().uuid()), expected, events: vec![event] });
    }
    let metadata = Metadata {
        command: Name::Borrowed("node.report"),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: [7; 16],
        cause,
    };
    let command_id = Uuid::from_u128(rand::random());
    let append = Append { command_id, metadata, streams, guards, claims: Vec::new(), blobs: Vec::new() };
    log.append(append).await.unwrap().positions
}

fn explanation(position: u64) -> String {
    format!("/api/v1/log/entries/{position}/explanation")
}

#[tokio::test]
async fn what_an_append_that_is_led_by_somebody_else_rests_on_is_not_told() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let stream = StreamId::new("service_account", evil.service_account.parse::<ServiceAccountId>().unwrap().uuid());
    let version = running.log().read_stream(&stream, 0, 100).await.unwrap().len() as u64;
    let written = rename(&running, &[&evil, &acme], vec![Guard { stream, version }], Cause::None).await;
    let explained = acme.admin.get(&explanation(*written.end())).await.expect(200);
    assert_eq!((&explained["depended_on"], explained["entries"].as_array().unwrap().len()), (&json!([]), 1));
    let text = explained.to_string();
    for foreign in [&evil.organization, &evil.project, &evil.service_account] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }
    // Whoever leads it is told, and so is whoever sees the whole log.
    for (client, position) in [(&evil.admin, written.start()), (&running.admin(), written.end())] {
        let explained = client.get(&explanation(*position)).await.expect(200);
        assert_eq!(explained["depended_on"][0]["resource"], json!(evil.service_account), "{explained}");
    }
}

#[tokio::test]
async fn effects_that_are_left_out_are_said_to_be() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let operator = running.admin();
    let [few, many] = [3, 102];
    for (effects, complete) in zip([few, many], [true, false]) {
        let cause = rename(&running, &[&acme], Vec::new(), Cause::None).await;
        for _ in 0..effects {
            rename(&running, &[&acme, &evil], Vec::new(), Cause::Here(*cause.start())).await;
        }
        let explained = operator.get(&explanation(*cause.start())).await.expect(200);
        let told = explained["followed_by"].as_array().unwrap().len();
        assert_eq!(
            (explained["complete"].as_bool(), told == effects),
            (Some(complete), complete),
            "{told} of {effects}"
        );
    }
}
