//! What is counted, and the page that Prometheus reads.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "gpuaas_http_requests_total";
const DURATION: &str = "gpuaas_http_request_duration_seconds";
/// Upper bounds of the histogram, in seconds: a read is milliseconds, an append tens of them.
const BOUNDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The process's recorder: there is one, however many servers a process runs.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Makes the recorder the process's own, unless it has one.
pub fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), BOUNDS);
        let handle = builder.expect("there are bounds").install_recorder();
        handle.inspect_err(|error| tracing::warn!(%error, "another recorder counts: /metrics stays empty")).ok()
    });
}

/// All counts in the Prometheus text format.
#[must_use]
pub fn render() -> String {
    let handle = RECORDER.get().and_then(Option::as_ref);
    handle
        .map(|handle| {
            handle.run_upkeep();
            handle.render()
        })
        .unwrap_or_default()
}

/// Counts a request. The route is its template, so that the labels stay few.
pub(crate) fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let labels = [("method", word(method)), ("route", route.to_owned())];
    metrics::histogram!(DURATION, &labels).record(took.as_secs_f64());
    let [method, route] = labels;
    metrics::counter!(REQUESTS, &[method, route, ("status", status.as_str().to_owned())]).increment(1);
}

/// A made-up method of a client must not become a label.
fn word(method: &Method) -> String {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    if known.contains(method) { method.to_string() } else { "OTHER".to_owned() }
}
