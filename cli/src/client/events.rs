//! `gpuaas events`: what happens, as it happens.

use clap::Subcommand;
use gpuaas_sdk::{Event, FollowOrganizationEventsQuery, FollowProjectEventsQuery};
use serde::{Deserialize, Serialize};

use super::resolve::Place;
use super::{Ask, Session, resolve};
use crate::output::{self, Failure, Format, moment};

/// What happens, as it happens.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prints each event of an organization or a project, until it is interrupted. A
    /// connection that breaks is made again, and nothing is missed.
    Follow {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
        /// Begin after the event with this number; 0: with the first of all. By default,
        /// with what happens from now on.
        #[arg(long, value_name = "NUMBER")]
        after: Option<u64>,
        /// Begin after this position of the whole log.
        #[arg(long, value_name = "POSITION", conflicts_with = "after")]
        after_position: Option<u64>,
        /// Only of this kind of resource, for example project.
        #[arg(long)]
        kind: Option<String>,
        /// Only of this type, for example project.created.
        #[arg(long)]
        event: Option<String>,
        /// End after so many events.
        #[arg(long, value_name = "NUMBER")]
        count: Option<u64>,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        format.present()?;
        let Self::Follow { place, after, after_position, kind, event, count } = self;
        let mut events = match resolve::place(client, &place).await? {
            Place::Organization(id) => {
                let query = FollowOrganizationEventsQuery { kind, event, after, after_position };
                client.follow_organization_events(&id, &query)
            }
            Place::Project(id) => {
                client.follow_project_events(&id, &FollowProjectEventsQuery { kind, event, after, after_position })
            }
        };
        let mut left = count;
        while left != Some(0) {
            print(*format, &events.next().await?)?;
            left = left.map(|left| left - 1);
        }
        Ok(())
    }
}

/// An event with its number, one line each.
fn print(format: Format, event: &Event) -> Result<(), Failure> {
    let id = event.id.as_deref().unwrap_or("-");
    if format.json {
        let data: serde_json::Value = serde_json::from_str(&event.data).map_err(Failure::other)?;
        return output::line(&serde_json::to_string(&Numbered { id, data }).map_err(Failure::other)?);
    }
    let seen: Seen = serde_json::from_str(&event.data).map_err(Failure::other)?;
    let actor = seen.actor.id.unwrap_or(seen.actor.kind);
    output::line(&format!("{id:>6}  {}  {:28}  {}  by {actor}", moment(&seen.recorded_at), seen.event, seen.resource))
}

/// The line of an event for programs.
#[derive(Serialize)]
struct Numbered<'e> {
    id: &'e str,
    data: serde_json::Value,
}

/// What is shown of an event.
#[derive(Deserialize)]
struct Seen {
    event: String,
    resource: String,
    recorded_at: String,
    actor: Actor,
}

#[derive(Deserialize)]
struct Actor {
    kind: String,
    id: Option<String>,
}
