//! The Cedar side of the decision function.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use gpuaas_log::hash::Hash;

use super::{Action, ROLES, Scope};

/// The rules that are compiled in.
const COMPILED_IN: &str = include_str!("rules.cedar");

/// Why a rule set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Cedar does not accept the text.
    #[error("the access rules cannot be read: {0}")]
    Text(String),
    /// A rule without `@id`, or with one that the log does not take.
    #[error("an access rule needs an @id of letters, digits, '_', '.', ':' and '-': {0}")]
    Id(String),
}

/// What allowed an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Digest of the rule set.
    pub rule_set: Hash,
    /// The rules that decided, sorted.
    pub rules: Vec<String>,
}

/// What would have allowed an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Digest of the rule set.
    pub rule_set: Hash,
    /// The rules that forbade it, sorted; none if no rule allowed it.
    pub rules: Vec<String>,
    /// The least role that would have allowed it.
    pub sufficient_role: Option<&'static str>,
}

/// A set of access rules.
pub struct AccessRules {
    digest: Hash,
    rules: PolicySet,
    ids: BTreeMap<PolicyId, String>,
    entities: Entities,
    authorizer: Authorizer,
}

impl AccessRules {
    /// The rules that are compiled in.
    #[must_use]
    pub fn compiled_in() -> Self {
        Self::parse(COMPILED_IN).expect("the compiled-in rules are tested")
    }

    /// Reads a rule set.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules = PolicySet::from_str(text).map_err(|error| RulesError::Text(error.to_string()))?;
        let ids = rules
            .policies()
            .map(|rule| match rule.annotation("id") {
                Some(id) if gpuaas_log::name::is_rule(id) => Ok((rule.id().clone(), id.to_owned())),
                other => Err(RulesError::Id(other.unwrap_or("missing").to_owned())),
            })
            .collect::<Result<_, _>>()?;
        let digest = Hash::of_blob(text.as_bytes());
        Ok(Self { digest, rules, ids, entities: action_entities(), authorizer: Authorizer::new() })
    }

    /// Digest of the set.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// Decides whether an actor with these roles may do this here.
    pub fn decide(
        &self,
        actor: (&str, uuid::Uuid),
        roles: &BTreeSet<&str>,
        action: Action,
        scope: Scope,
    ) -> Result<Allowed, Denied> {
        let (decision, rules) = self.evaluate(actor, roles, action, scope);
        let rule_set = self.digest;
        if decision == Decision::Allow {
            return Ok(Allowed { rule_set, rules });
        }
        let sufficient_role = ROLES.iter().copied().find(|role| {
            let with: BTreeSet<&str> = roles.iter().copied().chain([*role]).collect();
            self.evaluate(actor, &with, action, scope).0 == Decision::Allow
        });
        Err(Denied { rule_set, rules, sufficient_role })
    }

    fn evaluate(
        &self,
        (actor_kind, actor_id): (&str, uuid::Uuid),
        roles: &BTreeSet<&str>,
        action: Action,
        scope: Scope,
    ) -> (Decision, Vec<String>) {
        let roles = roles.iter().map(|role| RestrictedExpression::new_string((*role).to_owned()));
        let context = Context::from_pairs([("roles".to_owned(), RestrictedExpression::new_set(roles))])
            .expect("one pair has no duplicate key");
        let request = Request::new(
            uid("Principal", &format!("{actor_kind}:{actor_id}")),
            uid("Action", action.as_str()),
            resource(scope),
            context,
            None,
        )
        .expect("a request is only validated against a schema, and there is none");
        let response = self.authorizer.is_authorized(&request, &self.rules, &self.entities);
        let mut rules: Vec<String> =
            response.diagnostics().reason().filter_map(|id| self.ids.get(id).cloned()).collect();
        rules.sort();
        (response.decision(), rules)
    }
}

impl std::fmt::Debug for AccessRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessRules({})", self.digest)
    }
}

fn resource(scope: Scope) -> EntityUid {
    match scope {
        Scope::Platform => uid("Platform", "platform"),
        Scope::Organization(organization) => uid("Organization", &organization.to_string()),
        Scope::Project { project, .. } => uid("Project", &project.to_string()),
        Scope::Own(user) => uid("User", &user.to_string()),
        Scope::Node(node) => uid("Node", &node.to_string()),
    }
}

fn uid(kind: &'static str, id: &str) -> EntityUid {
    let kind = EntityTypeName::from_str(kind).expect("the type names are compiled in");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

/// Each action as a child of its group.
fn action_entities() -> Entities {
    let actions = Action::ALL.iter().map(|action| {
        let group = uid("Action", action.group().as_str());
        Entity::new_no_attrs(uid("Action", action.as_str()), HashSet::from([group]))
    });
    let groups: HashSet<&str> = Action::ALL.iter().map(|action| action.group().as_str()).collect();
    let groups = groups.into_iter().map(|group| Entity::new_no_attrs(uid("Action", group), HashSet::new()));
    Entities::from_entities(actions.chain(groups), None).expect("actions and groups have different names")
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::{OrganizationId, TypedId};
    use uuid::Uuid;

    use super::*;

    fn decide(role: &'static str, action: Action) -> Result<Allowed, Denied> {
        let scope = Scope::Organization(OrganizationId::from_uuid(Uuid::from_u128(1)));
        AccessRules::compiled_in().decide(("user", Uuid::from_u128(2)), &BTreeSet::from([role]), action, scope)
    }

    #[test]
    fn a_decision_names_the_rules_that_made_it() {
        assert_eq!(decide("org_admin", Action::CreateProject).unwrap().rules, ["org-admin"]);
    }

    #[test]
    fn a_denial_names_the_least_role_that_would_do() {
        let denied = decide("org_member", Action::CreateProject).unwrap_err();
        assert_eq!((denied.sufficient_role, denied.rules.len()), (Some("org_admin"), 0));
    }

    #[test]
    fn an_auditor_changes_nothing() {
        for action in Action::ALL.iter().filter(|action| action.group().is_privileged()) {
            assert!(decide("platform_auditor", *action).is_err(), "{action:?}");
        }
    }

    #[test]
    fn the_admin_may_do_everything_and_every_group_is_reachable_without() {
        for action in Action::ALL {
            assert!(decide("platform_admin", *action).is_ok(), "{action:?}");
        }
    }

    #[test]
    fn a_rule_without_an_id_is_refused() {
        assert!(matches!(AccessRules::parse("permit(principal, action, resource);"), Err(RulesError::Id(_))));
        assert!(matches!(AccessRules::parse("permit"), Err(RulesError::Text(_))));
    }
}
