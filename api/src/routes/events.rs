//! Events as they happen, as server-sent events (WHATWG HTML, section 9.2).
//!
//! The id of an event is its owner sequence: gapless in an organization, so a client that
//! sees all of it can tell a gap, and resume after any of them. A stream begins with the id
//! after which it begins, so that it can be resumed before its first event, too.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt as _};
use gpuaas_commands::{Action, Context, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, ProjectId};
use gpuaas_relay::{Ended, PublicEvent, http as names, types};
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{InOrganization, InProject};
use super::scope;
use crate::app::Shared;
use crate::http::header::single;
use crate::http::{Problem, Read, as_of};
use crate::views::event::EndView;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static(names::LAST_EVENT_ID);
/// How often a line is sent when nothing happens, so that nobody in between hangs up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Events {
    /// Of this kind of resource only, for example `project`.
    #[param(max_length = 64)]
    kind: Option<String>,
    /// Of this type only, for example `project.created`.
    #[param(max_length = 64)]
    event: Option<String>,
    /// Begin after the event with this id; 0: with the first. `Last-Event-ID` counts
    /// before it. Left out: with what happens from now on.
    after: Option<u64>,
    /// Begin after this position of the whole log, for whoever knows positions rather than
    /// ids. It does not go with `after`.
    after_position: Option<u64>,
}

/// Where a client wants to go on.
pub struct Resume(Option<u64>);

impl FromRequestParts<Shared> for Resume {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        resume(&parts.headers).map(Self)
    }
}

/// Follows what happens in an organization. The stream ends when its token stops counting.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/events", tag = "events", operation_id = "follow_organization_events",
    params(InOrganization, Events, ("Last-Event-ID" = Option<String>, Header, description = "Resume after this event")),
    responses((status = 200, description = "Events, until the client hangs up", content_type = "text/event-stream", body = String)))]
pub async fn organization(
    State(app): State<Shared>,
    Resume(resume): Resume,
    read: Read<InOrganization, Events>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let organization = read.path.org_id;
    let scope = scope::organization(&app, organization).await?;
    read.allow(&app, Action::ReadOrganizationEvents, scope).await?;
    let watched = Watched {
        app: app.clone(),
        context: read.context,
        action: Action::ReadOrganizationEvents,
        scope,
        organization,
        project: None,
    };
    stream(&app, watched, read.query, resume).await
}

/// Follows what happens in a project. The stream ends when its token stops counting.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/events", tag = "events", operation_id = "follow_project_events",
    params(InProject, Events, ("Last-Event-ID" = Option<String>, Header, description = "Resume after this event")),
    responses((status = 200, description = "Events, until the client hangs up", content_type = "text/event-stream", body = String)))]
pub async fn project(
    State(app): State<Shared>,
    Resume(resume): Resume,
    read: Read<InProject, Events>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let project = read.path.project_id;
    let organization = scope::owner(&app, project).await?;
    let scope = Scope::Project { organization, project };
    read.allow(&app, Action::ReadProjectEvents, scope).await?;
    let watched = Watched {
        app: app.clone(),
        context: read.context,
        action: Action::ReadProjectEvents,
        scope,
        organization,
        project: Some(project),
    };
    stream(&app, watched, read.query, resume).await
}

/// What one client may see, and for how long.
struct Watched {
    app: Shared,
    context: Context,
    action: Action,
    scope: Scope,
    organization: OrganizationId,
    project: Option<ProjectId>,
}

#[async_trait]
impl gpuaas_relay::Scope for Watched {
    fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn sees(&self, event: &PublicEvent) -> bool {
        self.project.is_none_or(|project| event.project == Some(project))
    }

    async fn stands(&self) -> bool {
        match self.app.engine.authorize_read(&self.context, self.action, self.scope).await {
            Ok(_) => true,
            // A log that cannot be read says nothing about rights.
            Err(refusal) => matches!(refusal.code, Code::Unavailable | Code::Overloaded),
        }
    }
}

async fn stream(
    app: &Shared,
    watched: Watched,
    wanted: Events,
    resume: Option<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Problem> {
    let Events { kind, event, after, after_position } = wanted;
    check_known(kind.as_deref(), event.as_deref())?;
    let after = match (resume, after, after_position) {
        (_, Some(_), Some(_)) => {
            let message = "say either after or after_position; leave the other one out";
            return Err(Problem::at(Code::InvalidParameter, "after_position", message));
        }
        (None, None, Some(position)) => of_position(app, watched.organization, position).await?,
        (resume, after, _) => place(app, watched.organization, resume, after).await?,
    };
    let events = app.feed.subscribe(Arc::new(watched), after, app.recheck);
    let wanted = move |seen: &PublicEvent| {
        kind.as_deref().is_none_or(|kind| kind == seen.kind) && event.as_deref().is_none_or(|name| name == seen.event)
    };
    let shown = events.filter_map(move |item| {
        let shown = match item {
            Ok(event) if wanted(&event) => Some(show(&event)),
            Ok(_) => None,
            Err(ended) => Some(show_end(&ended)),
        };
        std::future::ready(shown.map(Ok))
    });
    // An id without an event: whoever loses the stream before its first event resumes here.
    let opening = futures::stream::once(std::future::ready(Ok(Event::default().id(after.to_string()))));
    let until_closing = opening.chain(shown).take_until(app.closing.clone().cancelled_owned());
    Ok(Sse::new(until_closing).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// After which event a stream begins. One that has not happened yet is another log's, and
/// waiting for it would look like silence.
async fn place(
    app: &Shared,
    organization: OrganizationId,
    resume: Option<u64>,
    after: Option<u64>,
) -> Result<u64, Problem> {
    let end = app.feed.end(organization).await.map_err(Problem::unavailable)?;
    let message = || format!("the last event here is {end}; begin after that one or an earlier one");
    match (resume, after) {
        (Some(id), _) if id > end => Err(Problem::at(Code::InvalidHeader, "Last-Event-ID", message())),
        (None, Some(id)) if id > end => Err(Problem::at(Code::InvalidParameter, "after", message())),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Ok(end),
    }
}

/// The id of the last event up to a position of the whole log.
async fn of_position(app: &Shared, organization: OrganizationId, position: u64) -> Result<u64, Problem> {
    let log = app.engine.log();
    if !as_of::has(log, position).await? {
        let head = *log.head().borrow();
        let message = format!("the log ends at position {head}; begin after that one or an earlier one");
        return Err(Problem::at(Code::InvalidParameter, "after_position", message));
    }
    app.feed.sequence_at(organization, position).await.map_err(Problem::unavailable)
}

fn show(event: &PublicEvent) -> Event {
    let json = serde_json::to_string(event).expect("an event is of types that JSON has");
    Event::default().id(event.owner_sequence.to_string()).event(event.event.clone()).data(json)
}

/// The last thing that is sent. Clients that reconnect by themselves meet the refusal then.
fn show_end(ended: &Ended) -> Event {
    let code = match ended {
        Ended::Forbidden => Code::TokenRevoked,
        Ended::Failed(error) => {
            tracing::warn!(%error, "a stream of events ended");
            Code::Unavailable
        }
    };
    let json = serde_json::to_string(&EndView::of(code)).expect("two texts are JSON");
    Event::default().event(names::END).data(json)
}

fn check_known(kind: Option<&str>, event: Option<&str>) -> Result<(), Problem> {
    let known = types::all();
    let unknown = |field, message: &str| Err(Problem::at(Code::InvalidParameter, field, message));
    if kind.is_some_and(|kind| known.iter().all(|listed| listed.kind.as_str() != kind)) {
        return unknown("kind", "there is no such kind of resource");
    }
    if event.is_some_and(|event| known.iter().all(|listed| listed.event != event)) {
        return unknown("event", "there is no such type of event");
    }
    Ok(())
}

fn resume(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let id = single(headers, &LAST_EVENT_ID)?.filter(|id| !id.is_empty());
    let refuse = |_| Problem::at(Code::InvalidHeader, "Last-Event-ID", "send the id of an event, which is a number");
    id.map(|id| id.parse().map_err(refuse)).transpose()
}
