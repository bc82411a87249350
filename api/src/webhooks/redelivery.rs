//! Sends dead letters once more, where somebody asked for it: by themselves, and not in the
//! order of the rest.

use gpuaas_domain::webhook::Webhook;
use gpuaas_projections::DeadLetter;

use super::Trouble;
use super::attempt::{Outcome, attempt};
use super::sender::Sending;

impl Sending {
    /// Sends a dead letter. It is forgotten when it was taken; without an attempt it stays
    /// due, and is sent when its lease is over.
    pub(super) async fn redeliver(&self, letter: &DeadLetter) {
        if let Err(trouble) = self.try_again(letter).await {
            tracing::warn!(webhook = %letter.webhook, %trouble, "a dead letter could not be sent again");
        }
    }

    async fn try_again(&self, letter: &DeadLetter) -> Result<(), Trouble> {
        let (state, _) = self.app.engine.state::<Webhook>(letter.webhook).await?;
        let details = match state {
            Webhook::Active(details) | Webhook::Disabled { details, .. } => details,
            Webhook::Absent | Webhook::Deleted(_) => return Ok(self.places.forget(letter.webhook).await?),
        };
        let event = self.app.feed.event(details.organization, letter.sequence).await?;
        let event = event.ok_or_else(|| Trouble::Missing("a dead letter of no event".to_owned()))?;
        let outcome = {
            let _turn = self.turns.take(details.organization).await;
            attempt(&self.app, letter.webhook, &details, &event).await?
        };
        match outcome {
            Outcome::Taken => self.places.delivered(letter.webhook, letter.sequence).await?,
            Outcome::Failed { failure, .. } => self.places.failed(letter, &failure, self.app.now()).await?,
            Outcome::Gone => self.places.failed(letter, "it answers 410 Gone", self.app.now()).await?,
        }
        Ok(())
    }
}
