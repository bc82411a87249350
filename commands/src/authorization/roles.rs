//! The roles that the access rules speak of, from the least to the most.

/// Every role, ordered so that the first one that would have allowed an action is the
/// least that has to be asked for.
pub const ROLES: &[&str] = &[
    "project_viewer",
    "project_developer",
    "project_admin",
    "org_member",
    "org_finance",
    "org_auditor",
    "org_admin",
    "platform_ops_read",
    "platform_auditor",
    "platform_ops_write",
    "platform_admin",
];

/// What a service account is in its own organization beyond its project's role.
pub(crate) const SERVICE_ACCOUNT: &str = "service_account";

/// What everybody is to their own account.
pub(crate) const SELF: &str = "self";

/// What a node is to itself.
pub(crate) const NODE: &str = "node";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gpuaas_domain::membership::{OrganizationRole, ProjectRole};
    use gpuaas_domain::user::PlatformRole;

    use super::*;

    #[test]
    fn the_list_holds_every_role_of_the_domain() {
        let domain: BTreeSet<&str> = (OrganizationRole::ALL.iter().map(|role| role.as_str()))
            .chain(ProjectRole::ALL.iter().map(|role| role.as_str()))
            .chain(PlatformRole::ALL.iter().map(|role| role.as_str()))
            .collect();
        assert_eq!(ROLES.iter().copied().collect::<BTreeSet<_>>(), domain);
    }
}
