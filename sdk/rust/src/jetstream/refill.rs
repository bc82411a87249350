//! Asking the server for events that NATS did not bring.

use std::time::Duration;

use serde_json::Value;

use super::subscriber::Error;
use crate::client::Client;
use crate::generated::FollowOrganizationEventsQuery;

/// When nothing more comes for so long, the server has told all that it has.
const QUIET: Duration = Duration::from_millis(500);

/// The same where NATS said that there are more.
const PATIENCE: Duration = Duration::from_secs(5);

/// The events after an owner sequence, up to another where there is one, with theirs.
pub(super) async fn events(
    client: &Client,
    organization: &str,
    after: u64,
    until: Option<u64>,
) -> Result<Vec<(u64, Value)>, Error> {
    let query = FollowOrganizationEventsQuery { after: Some(after), ..FollowOrganizationEventsQuery::default() };
    let mut stream = client.follow_organization_events(organization, &query);
    // What is said to be there may be a stranger's word.
    let patience = if until.is_some() { PATIENCE } else { QUIET };
    let mut told: Vec<(u64, Value)> = Vec::new();
    while until.is_none_or(|until| told.last().is_none_or(|(last, _)| *last < until)) {
        let Ok(next) = tokio::time::timeout(patience, stream.next()).await else { break };
        let next = next?;
        let event: Value = serde_json::from_str(&next.data).map_err(|error| client.foreign(error.to_string()))?;
        let sequence = event["owner_sequence"].as_u64();
        let expected = told.last().map_or(after, |(last, _)| *last) + 1;
        let Some(sequence) = sequence.filter(|sequence| *sequence == expected) else {
            return Err(client.foreign(format!("event {expected} is missing in what the server tells")).into());
        };
        told.push((sequence, event));
    }
    Ok(told)
}
