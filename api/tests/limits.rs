//! What a server does not take: too many requests, slow ones; and what it says of itself.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::harness::{Running, Tenant};

#[tokio::test]
async fn a_caller_beyond_its_rate_is_told_when_to_come_again() {
    use gpuaas_api::http::rate::Rate;
    let running = Running::with(|config| config.limits.rate = Some(Rate { per_second: 0.5, burst: 5.0 })).await;
    let admin = running.admin();
    for _ in 0..5 {
        admin.get("/api/v1/users/me").await.expect(200);
    }
    let refused = admin.get("/api/v1/users/me").await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.body["error"]["retryable"], true);
    assert!((1..=2).contains(&refused.header("retry-after").parse::<u64>().unwrap()), "{:?}", refused.headers);
    // Somebody else is counted apart, and so is who shows no token.
    running.anonymous().get("/api/v1/users/me").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_cut_off() {
    let running = Running::with(|config| config.limits.request = Duration::from_millis(200)).await;
    let admin = running.admin();
    // A read as of a position that is never reached would wait for two seconds.
    let position = admin.patch("/api/v1/users/me", json!({"display_name": "Admin"})).await;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(position.header("x-log-position").as_bytes()).unwrap();
    let future = data_encoding::BASE64URL_NOPAD.encode(&[&bytes[..4], &u64::MAX.to_be_bytes()].concat());
    let request = admin.request(Method::GET, "/api/v1/users/me").header("X-Log-Position", &future);
    admin.send(request).await.refused(504, "deadline_exceeded");
}

#[tokio::test]
async fn a_read_as_of_a_position_that_is_not_reached_says_so() {
    let running = Running::start().await;
    let admin = running.admin();
    let position = admin.patch("/api/v1/users/me", json!({"display_name": "Admin"})).await;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(position.header("x-log-position").as_bytes()).unwrap();
    let future = data_encoding::BASE64URL_NOPAD.encode(&[&bytes[..4], &(1u64 << 50).to_be_bytes()].concat());
    let request = admin.request(Method::GET, "/api/v1/users/me").header("X-Log-Position", &future);
    let refused = admin.send(request).await;
    refused.refused(503, "projection_behind");
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_correlation_goes_in_and_comes_back_and_into_the_log() {
    let running = Running::start().await;
    let admin = running.admin();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = admin.mutation(Method::PATCH, "/api/v1/users/me").json(&json!({"display_name": "Traced"}));
    let reply = admin.send(request.header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))).await;
    assert_eq!(reply.header("x-correlation-id"), trace);
    assert!(reply.header("traceparent").starts_with(&format!("00-{trace}-")));
    reply.expect(200);
    let log = running.log();
    let last = log.entry(*log.head().borrow()).await.unwrap().unwrap();
    assert_eq!(hex::encode(last.entry().unwrap().trace), trace);
}

#[tokio::test]
async fn a_server_says_how_it_is() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let anonymous = running.anonymous();
    assert_eq!(anonymous.get("/healthz").await.expect(200)["status"], "alive");
    let ready = anonymous.get("/readyz").await.expect(200);
    assert_eq!((&ready["status"], &ready["parked"]), (&json!("ready"), &json!([])));
    assert_eq!(anonymous.get("/openapi.json").await.expect(200), *gpuaas_api::openapi::document());
    tenant.admin.get(&format!("/api/v1/orgs/{}", tenant.organization)).await.expect(200);
    let counted = anonymous.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        "gpuaas_http_requests_total{method=\"GET\",route=\"/api/v1/orgs/{org_id}\",status=\"200\"}",
        "gpuaas_http_request_duration_seconds_bucket",
        "gpuaas_projection_position{projection=\"resources\"}",
    ] {
        assert!(counted.contains(line), "{line} in\n{counted}");
    }
}
