//! What an actor is here and now: whether its token counts, and its roles in a scope.
//! Everything that the answer rests on becomes a guard of the append.

use std::collections::BTreeSet;

use gpuaas_domain::fixed::{PublicKey, Serial};
use gpuaas_domain::id::{MembershipId, NodeId, OrganizationId, ProjectId, ServiceAccountId, TypedId, UserId};
use gpuaas_domain::membership::Membership;
use gpuaas_domain::node::Node;
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::token::{Subject, Token};
use gpuaas_domain::user::User;
use gpuaas_domain::{Code, Timestamp};

use super::{Context, Engine, Unit};
use crate::actor::{Actor, Principal};
use crate::authorization::{Action, Allowed, Denied, NODE, SELF, SERVICE_ACCOUNT, Scope};
use crate::refusal::Refusal;

type Roles = BTreeSet<&'static str>;

/// The membership stream of a person in an organization, or in one of its projects: found
/// without a look-up, so that its absence can be guarded as well.
#[must_use]
pub fn membership_id(organization: OrganizationId, user: UserId, project: Option<ProjectId>) -> MembershipId {
    let mut hasher = blake3::Hasher::new_derive_key("gpuaas 2026-11 membership stream v1");
    hasher.update(organization.uuid().as_bytes()).update(user.uuid().as_bytes());
    hasher.update(project.map(TypedId::uuid).unwrap_or_default().as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    MembershipId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

impl Unit<'_> {
    /// Succeeds if the actor may do this here. Every command asks exactly here; what the
    /// answer rests on (token, subject, memberships) guards the append.
    pub async fn authorize(&mut self, action: Action, scope: Scope) -> Result<(), Refusal> {
        let actor = self.context().actor.clone();
        let roles = match actor {
            Actor::System | Actor::Policy(_) => {
                self.allowed = Some(None);
                return Ok(());
            }
            Actor::Credential(account) => self.credential_roles(account).await?,
            Actor::Principal(principal) => self.principal_roles(principal, scope).await?,
            Actor::Node { node, public_key, certificate } => {
                self.require_certificate(node, public_key, certificate).await?;
                node_roles(node, scope)
            }
            Actor::Enrolling { node, .. } => node_roles(node, scope),
        };
        let rules = self.engine().rules();
        match rules.decide(actor.identity(), &roles, action, scope) {
            Ok(allowed) => {
                self.allowed = Some(Some(allowed));
                Ok(())
            }
            Err(denied) => {
                let refusal = refuse(&denied, &roles, action, scope);
                if refusal.code == Code::Forbidden {
                    self.denied = Some((action, scope));
                }
                Err(refusal)
            }
        }
    }

    async fn principal_roles(&mut self, principal: Principal, scope: Scope) -> Result<Roles, Refusal> {
        let token: Token = self.load(principal.token).await?;
        self.depend_on::<Token>(principal.token).await?;
        let limit = counting(&token, principal, self.now())?;
        match principal.subject {
            Subject::User(user) => self.user_roles(user, limit, scope).await,
            Subject::ServiceAccount(account) => self.service_account_roles(account, scope).await,
        }
    }

    async fn user_roles(&mut self, id: UserId, limit: Option<OrganizationId>, scope: Scope) -> Result<Roles, Refusal> {
        let user: User = self.load(id).await?;
        self.depend_on::<User>(id).await?;
        let details = match user {
            User::Active(details) => details,
            User::Erased => {
                return Err(Refusal::new(Code::TokenRevoked, "the user that this token speaks for was erased"));
            }
            User::Absent | User::Disabled(_) => {
                return Err(Refusal::new(Code::TokenRevoked, "the user that this token speaks for is disabled"));
            }
        };
        let mut roles = Roles::new();
        // A token that is limited to one organization carries nothing beyond it.
        if limit.is_none() {
            roles.extend(details.platform_roles.iter().map(|role| role.as_str()));
            if scope == Scope::Own(id) {
                roles.insert(SELF);
            }
        }
        let Some(organization) = scope.organization() else { return Ok(roles) };
        if limit.is_some_and(|limit| limit != organization) {
            return Ok(roles);
        }
        let Some(role) = self.membership_role(organization, id, None).await? else { return Ok(roles) };
        roles.insert(role);
        if let Scope::Project { project, .. } = scope {
            roles.extend(self.membership_role(organization, id, Some(project)).await?);
        }
        Ok(roles)
    }

    async fn membership_role(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        project: Option<ProjectId>,
    ) -> Result<Option<&'static str>, Refusal> {
        let id = membership_id(organization, user, project);
        let membership: Membership = self.load(id).await?;
        match membership {
            Membership::Absent | Membership::Removed(_) => Ok(None),
            Membership::Active(details) => {
                self.depend_on::<Membership>(id).await?;
                Ok(Some(details.grant.role()))
            }
        }
    }

    async fn service_account_roles(&mut self, id: ServiceAccountId, scope: Scope) -> Result<Roles, Refusal> {
        let account: ServiceAccount = self.load(id).await?;
        self.depend_on::<ServiceAccount>(id).await?;
        let ServiceAccount::Active(details) = account else {
            return Err(Refusal::new(Code::TokenRevoked, "the service account that this token speaks for was deleted"));
        };
        let mut roles = Roles::new();
        if scope.organization() == Some(details.organization) {
            roles.insert(SERVICE_ACCOUNT);
        }
        if let Scope::Project { project, .. } = scope
            && project == details.project
        {
            roles.insert(details.role.as_str());
        }
        Ok(roles)
    }

    /// The handler has checked the secret; the account must still be there at the append.
    async fn credential_roles(&mut self, id: ServiceAccountId) -> Result<Roles, Refusal> {
        self.depend_on::<ServiceAccount>(id).await?;
        Ok(Roles::from([SELF]))
    }
}

impl Unit<'_> {
    /// Succeeds if the certificate counts. What a banned node says is not taken, so its
    /// stream guards the append.
    async fn require_certificate(&mut self, id: NodeId, key: PublicKey, serial: Serial) -> Result<(), Refusal> {
        let node: Node = self.load(id).await?;
        self.depend_on::<Node>(id).await?;
        match &node {
            Node::Banned { .. } => Err(gpuaas_domain::node::Rejection::Banned.into()),
            Node::Enrolled { identity, .. } if identity.holds(key, serial, self.now()) => Ok(()),
            Node::Absent | Node::Registered { .. } | Node::Enrolled { .. } | Node::Removed { .. } => Err(Refusal::new(
                Code::NodeCertificateUnknown,
                "this certificate belongs to no node here, or counts no more; enroll the node anew",
            )),
        }
    }
}

fn node_roles(node: NodeId, scope: Scope) -> Roles {
    if scope == Scope::Node(node) { Roles::from([NODE]) } else { Roles::new() }
}

impl Engine {
    /// Whether the actor may read this here; the same decision as for commands.
    pub async fn authorize_read(
        &self,
        context: &Context,
        action: Action,
        scope: Scope,
    ) -> Result<Option<Allowed>, Refusal> {
        let mut unit = Unit::new(self, context, super::states::Freshness::Cached);
        unit.authorize(action, scope).await?;
        Ok(unit.allowed.flatten())
    }

    /// Whether the actor's token or certificate counts, whatever it may do.
    pub async fn authenticate(&self, context: &Context) -> Result<(), Refusal> {
        let mut unit = Unit::new(self, context, super::states::Freshness::Cached);
        match context.actor {
            Actor::Principal(principal) => unit.principal_roles(principal, Scope::Platform).await.map(drop),
            Actor::Node { node, public_key, certificate } => {
                unit.require_certificate(node, public_key, certificate).await
            }
            Actor::Credential(_) | Actor::Enrolling { .. } | Actor::Policy(_) | Actor::System => Ok(()),
        }
    }

    /// The organization that the actor's token is limited to.
    pub async fn token_limit(&self, principal: Principal) -> Result<Option<OrganizationId>, Refusal> {
        let (token, _) = self.state::<Token>(principal.token).await?;
        Ok(token.details().and_then(|issued| issued.organization))
    }
}

/// The organization that a token is limited to, if the token counts.
fn counting(token: &Token, principal: Principal, now: Timestamp) -> Result<Option<OrganizationId>, Refusal> {
    match token {
        Token::Absent => Err(Refusal::new(Code::Unauthenticated, "this token is not known here; get a new one")),
        Token::Revoked(_) => Err(Refusal::new(Code::TokenRevoked, "this token was revoked; get a new one")),
        Token::Active(issued) if issued.expires_at <= now => {
            Err(Refusal::new(Code::TokenExpired, "this token has expired; get a new one"))
        }
        Token::Active(issued) if issued.subject != principal.subject => {
            Err(Refusal::new(Code::Unauthenticated, "this token does not speak for its subject; get a new one"))
        }
        Token::Active(issued) => Ok(issued.organization),
    }
}

/// Somebody without any role in a scope is told that there is nothing; somebody with too
/// small a role is told which one would do.
fn refuse(denied: &Denied, roles: &Roles, action: Action, scope: Scope) -> Refusal {
    let blind = match scope {
        Scope::Platform => false,
        Scope::Organization(_) | Scope::Project { .. } | Scope::Own(_) | Scope::Node(_) => roles.is_empty(),
    };
    if blind {
        return Refusal::not_found(action.target_kind());
    }
    let advice = match denied.sufficient_role {
        Some(role) => format!("the role {role} would allow it; ask an admin for it"),
        None => format!("an access rule forbids it: {}", denied.rules.join(", ")),
    };
    Refusal::new(Code::Forbidden, format!("you may not do {} here: {advice}", action.as_str()))
}
