//! Every action that the access rules know: one for each command and each kind of read.

/// What an action is like; the access rules speak of these groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// See how the platform runs.
    PlatformRead,
    /// Run nodes, catalog and organizations.
    PlatformWrite,
    /// People, their platform roles, the admin token.
    PlatformAdmin,
    /// See an organization and what is in it by name.
    OrganizationRead,
    /// See money.
    OrganizationFinance,
    /// See the log.
    OrganizationAudit,
    /// Change an organization, its members and projects.
    OrganizationAdmin,
    /// See a project.
    ProjectRead,
    /// Launch and stop work.
    ProjectDevelop,
    /// Change a project, its members and service accounts.
    ProjectAdmin,
    /// One's own account and tokens.
    Own,
}

impl Group {
    /// Its name in the rules.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlatformRead => "platform_read",
            Self::PlatformWrite => "platform_write",
            Self::PlatformAdmin => "platform_admin",
            Self::OrganizationRead => "organization_read",
            Self::OrganizationFinance => "organization_finance",
            Self::OrganizationAudit => "organization_audit",
            Self::OrganizationAdmin => "organization_admin",
            Self::ProjectRead => "project_read",
            Self::ProjectDevelop => "project_develop",
            Self::ProjectAdmin => "project_admin",
            Self::Own => "own",
        }
    }

    /// Whether a denial in this group is recorded: reads are not.
    #[must_use]
    pub fn is_privileged(self) -> bool {
        match self {
            Self::PlatformRead
            | Self::OrganizationRead
            | Self::OrganizationFinance
            | Self::OrganizationAudit
            | Self::ProjectRead
            | Self::Own => false,
            Self::PlatformWrite
            | Self::PlatformAdmin
            | Self::OrganizationAdmin
            | Self::ProjectDevelop
            | Self::ProjectAdmin => true,
        }
    }
}

macro_rules! actions {
    ($($variant:ident = $name:literal, $group:ident, $target:literal;)+) => {
        /// What can be done, as the access rules and the audit trail name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name; for a command, the command's name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is like.
            #[must_use]
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)+ }
            }

            /// Kind of what it is done to.
            #[must_use]
            pub fn target_kind(self) -> &'static str {
                match self { $(Self::$variant => $target,)+ }
            }
        }
    };
}

actions! {
    CreateOrganization = "organization.create", PlatformWrite, "organization";
    ReadOrganization = "organization.read", OrganizationRead, "organization";
    UpdateOrganization = "organization.update", OrganizationAdmin, "organization";
    CreateProject = "project.create", OrganizationAdmin, "project";
    ReadProject = "project.read", ProjectRead, "project";
    UpdateProject = "project.update", ProjectAdmin, "project";
    ArchiveProject = "project.archive", OrganizationAdmin, "project";
    ReadOrganizationMembers = "membership.read_organization", OrganizationRead, "membership";
    GrantOrganizationMembership = "membership.grant_organization", OrganizationAdmin, "membership";
    ChangeOrganizationRole = "membership.change_organization_role", OrganizationAdmin, "membership";
    RemoveOrganizationMembership = "membership.remove_organization", OrganizationAdmin, "membership";
    ReadProjectMembers = "membership.read_project", ProjectRead, "membership";
    GrantProjectMembership = "membership.grant_project", ProjectAdmin, "membership";
    ChangeProjectRole = "membership.change_project_role", ProjectAdmin, "membership";
    RemoveProjectMembership = "membership.remove_project", ProjectAdmin, "membership";
    ReadServiceAccounts = "service_account.read", ProjectRead, "service_account";
    CreateServiceAccount = "service_account.create", ProjectAdmin, "service_account";
    ChangeServiceAccountRole = "service_account.change_role", ProjectAdmin, "service_account";
    AddServiceAccountSecret = "service_account.add_secret", ProjectAdmin, "service_account";
    RevokeServiceAccountSecret = "service_account.revoke_secret", ProjectAdmin, "service_account";
    DeleteServiceAccount = "service_account.delete", ProjectAdmin, "service_account";
    CreateUser = "user.create", PlatformAdmin, "user";
    ReadUsers = "user.read", PlatformAdmin, "user";
    SetPlatformRoles = "user.set_platform_roles", PlatformAdmin, "user";
    DisableUser = "user.disable", PlatformAdmin, "user";
    EnableUser = "user.enable", PlatformAdmin, "user";
    ReadOwnProfile = "user.read_own", Own, "user";
    ChangeOwnProfile = "user.change_profile", Own, "user";
    ReadOwnTokens = "token.read_own", Own, "token";
    IssuePersonalToken = "token.issue_personal", Own, "token";
    RevokeOwnToken = "token.revoke_own", Own, "token";
    ExchangeSecret = "token.exchange_secret", Own, "token";
    RotateAdminToken = "token.rotate_admin", PlatformAdmin, "token";
    ReadOrganizationEvents = "events.read_organization", OrganizationAudit, "organization";
    ReadProjectEvents = "events.read_project", ProjectRead, "project";
    ReadPlatformLog = "log.read", PlatformAdmin, "log";
}
