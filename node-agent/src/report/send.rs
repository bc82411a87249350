//! Sending: one report at a time, in order, each again until it is answered.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::report::ReportAnswer;

use super::Reporter;
use crate::gateway::{Gateway, GatewayError};
use crate::journal::{JournalError, Outgoing, Record};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Sends what is made. Ends only if the journal fails.
pub(crate) async fn send_forever(reporter: Arc<Reporter>, gateway: Arc<Gateway>) -> JournalError {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(next) = reporter.journal.read(|state| state.outbox.front().cloned()) else {
            reporter.made.notified().await;
            continue;
        };
        match send(&gateway, &next).await {
            Ok(answer) => {
                pause = FIRST_PAUSE;
                for refused in &answer.refused {
                    tracing::warn!(sequence = answer.sequence, code = %refused.code, message = %refused.message, "refused");
                }
                let acknowledged = Record::Acknowledged { sequence: next.sequence };
                if let Err(error) = reporter.journal.append(&acknowledged) {
                    return error;
                }
            }
            Err(error) => {
                // A refusal that does not pass is the operator's to see: the reports wait until he has decided.
                tracing::warn!(sequence = next.sequence, %error, "report not taken; trying again");
                tokio::time::sleep(if error.is_retryable() { pause } else { LONGEST_PAUSE }).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn send(gateway: &Gateway, next: &Outgoing) -> Result<ReportAnswer, GatewayError> {
    gateway.post(path::REPORTS, &next.report).await
}
