//! What a search of the audit trail can ask for, the same for pages and for files.

use gpuaas_commands::{Action, audit};
use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::{Code, Kind, Timestamp};
use gpuaas_log::declaration::LOG_KIND;
use gpuaas_projections::queries::Search;
use gpuaas_relay::moment;
use uuid::Uuid;

use crate::http::Problem;
use crate::views::audit::AuditResult;

/// Kinds of actors that are no kinds of resources.
const OTHER_ACTORS: [&str; 2] = ["policy", "system"];

/// Declares the query of a route that searches: what is searched for, and these fields.
macro_rules! searched {
    ($(#[$meta:meta])* $name:ident { $($(#[$of_field:meta])* $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// By this actor: an id, or a kind such as `service_account`, `policy` or `system`.
            #[param(max_length = 64)]
            actor: Option<String>,
            /// This action; `/api/v1/audit/actions` lists all. Denials are found by the permission.
            #[param(max_length = 64, example = "project.create")]
            action: Option<String>,
            /// About resources of this kind.
            #[param(max_length = 64, example = "project")]
            target_kind: Option<String>,
            /// About this resource, whether or not it was the first that was changed.
            #[param(max_length = 64)]
            target_id: Option<String>,
            /// Of the request with this trace id.
            #[param(max_length = 32)]
            correlation_id: Option<String>,
            /// That ended so.
            result: Option<crate::views::audit::AuditResult>,
            /// From this time on.
            #[param(format = DateTime)]
            from: Option<String>,
            /// Before this time.
            #[param(format = DateTime)]
            to: Option<String>,
            $($(#[$of_field])* $field: $type,)+
        }

        impl $name {
            /// What is searched for.
            fn terms(&self) -> $crate::routes::audit::terms::Terms<'_> {
                $crate::routes::audit::terms::Terms {
                    actor: self.actor.as_deref(),
                    action: self.action.as_deref(),
                    target_kind: self.target_kind.as_deref(),
                    target_id: self.target_id.as_deref(),
                    correlation_id: self.correlation_id.as_deref(),
                    result: self.result,
                    from: self.from.as_deref(),
                    to: self.to.as_deref(),
                }
            }
        }
    };
}

pub(super) use searched;

/// What is searched for, as it was sent.
pub(super) struct Terms<'t> {
    pub(super) actor: Option<&'t str>,
    pub(super) action: Option<&'t str>,
    pub(super) target_kind: Option<&'t str>,
    pub(super) target_id: Option<&'t str>,
    pub(super) correlation_id: Option<&'t str>,
    pub(super) result: Option<AuditResult>,
    pub(super) from: Option<&'t str>,
    pub(super) to: Option<&'t str>,
}

impl Terms<'_> {
    /// The search, in an organization or in the whole log.
    pub(super) fn search(&self, organization: Option<OrganizationId>) -> Result<Search, Problem> {
        let (actor_kind, actor) = self.actor.map(actor).transpose()?.unwrap_or_default();
        Ok(Search {
            organization,
            actor_kind,
            actor,
            action: self.action.map(action).transpose()?,
            target_kind: self.target_kind.map(target_kind).transpose()?,
            target: self.target_id.map(|text| id("target_id", text)).transpose()?,
            trace: self.correlation_id.map(trace).transpose()?,
            outcome: self.result.map(Into::into),
            from: self.from.map(|text| time("from", text)).transpose()?,
            to: self.to.map(|text| time("to", text)).transpose()?,
        })
    }
}

/// A kind of actor, or one of them.
fn actor(text: &str) -> Result<(Option<String>, Option<Uuid>), Problem> {
    if OTHER_ACTORS.contains(&text) || Kind::parse(text).is_some() {
        return Ok((Some(text.to_owned()), None));
    }
    Ok((None, Some(id("actor", text)?)))
}

/// The id of anything: a TypeID, or a UUID where there is none of its kind.
fn id(field: &'static str, text: &str) -> Result<Uuid, Problem> {
    let id = Kind::read_id(text).or_else(|| text.parse().ok()).filter(|id: &Uuid| !id.is_nil());
    id.ok_or_else(|| Problem::at(Code::InvalidParameter, field, "send an id as this server answers them: user_01h2…"))
}

fn action(text: &str) -> Result<String, Problem> {
    let is_permission = Action::ALL.iter().any(|action| action.as_str() == text);
    if audit::find(text).is_some() || is_permission {
        return Ok(text.to_owned());
    }
    Err(Problem::at(Code::InvalidParameter, "action", "there is no such action; /api/v1/audit/actions lists all"))
}

fn target_kind(text: &str) -> Result<String, Problem> {
    if text == LOG_KIND || Kind::parse(text).is_some() {
        return Ok(text.to_owned());
    }
    Err(Problem::at(Code::InvalidParameter, "target_kind", "there is no such kind of resource"))
}

fn trace(text: &str) -> Result<Uuid, Problem> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let trace = text.parse().ok().filter(|_| is_hex);
    trace.ok_or_else(|| Problem::at(Code::InvalidParameter, "correlation_id", "send 32 lowercase hex digits"))
}

fn time(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    let expected = "expected a time as RFC 3339 has it, such as 2026-11-01T00:00:00Z";
    moment::parse(text).ok_or_else(|| Problem::at(Code::InvalidParameter, field, expected))
}
