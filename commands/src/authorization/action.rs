//! Every action that the access rules know: one for each command and each kind of read.

/// What an action is like; the access rules speak of these groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// See how the platform runs.
    PlatformRead,
    /// See the whole log, and with it everything that every organization does.
    PlatformAudit,
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
    /// What a node says of itself.
    NodeOwn,
}

impl Group {
    /// Its name in the rules.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlatformRead => "platform_read",
            Self::PlatformAudit => "platform_audit",
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
            Self::NodeOwn => "node_own",
        }
    }

    /// Whether a denial in this group is recorded: reads are not.
    #[must_use]
    pub fn is_privileged(self) -> bool {
        match self {
            Self::PlatformRead
            | Self::PlatformAudit
            | Self::OrganizationRead
            | Self::OrganizationFinance
            | Self::OrganizationAudit
            | Self::ProjectRead
            | Self::Own
            | Self::NodeOwn => false,
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
    EraseUser = "user.erase", PlatformAdmin, "user";
    ReadOwnProfile = "user.read_own", Own, "user";
    ChangeOwnProfile = "user.change_profile", Own, "user";
    ReadOwnTokens = "token.read_own", Own, "token";
    IssuePersonalToken = "token.issue_personal", Own, "token";
    RevokeOwnToken = "token.revoke_own", Own, "token";
    ExchangeSecret = "token.exchange_secret", Own, "token";
    RotateAdminToken = "token.rotate_admin", PlatformAdmin, "token";
    ReadOrganizationEvents = "events.read_organization", OrganizationAudit, "organization";
    ReadProjectEvents = "events.read_project", ProjectRead, "project";
    ReadWebhooks = "webhook.read", OrganizationAudit, "webhook";
    CreateWebhook = "webhook.create", OrganizationAdmin, "webhook";
    UpdateWebhook = "webhook.update", OrganizationAdmin, "webhook";
    RotateWebhookKey = "webhook.rotate_key", OrganizationAdmin, "webhook";
    EnableWebhook = "webhook.enable", OrganizationAdmin, "webhook";
    DisableWebhook = "webhook.disable", OrganizationAdmin, "webhook";
    GiveUpWebhook = "webhook.give_up", PlatformWrite, "webhook";
    ReplayWebhook = "webhook.replay", OrganizationAdmin, "webhook";
    RedeliverWebhook = "webhook.redeliver", OrganizationAdmin, "webhook";
    DeleteWebhook = "webhook.delete", OrganizationAdmin, "webhook";
    ReadNodes = "node.read", PlatformRead, "node";
    RegisterNode = "node.register", PlatformWrite, "node";
    BanNode = "node.ban", PlatformWrite, "node";
    UnbanNode = "node.unban", PlatformWrite, "node";
    RemoveNode = "node.remove", PlatformWrite, "node";
    RequestRuntimeStatus = "node_task.request_runtime_status", PlatformWrite, "node_task";
    IssueEnrollment = "enrollment.issue", PlatformWrite, "enrollment";
    RevokeEnrollment = "enrollment.revoke", PlatformWrite, "enrollment";
    EnrollNode = "node.enroll", NodeOwn, "node";
    IssueNodeCertificate = "node.issue_certificate", NodeOwn, "node";
    ComeOnline = "node.come_online", NodeOwn, "node";
    GoOffline = "node.go_offline", PlatformWrite, "node";
    ReportAsNode = "node.report", NodeOwn, "node_report";
    ReadCatalog = "catalog.read", OrganizationRead, "app";
    CreateSku = "sku.create", PlatformWrite, "sku";
    RetireSku = "sku.retire", PlatformWrite, "sku";
    CreatePlatformApp = "app.create_platform", PlatformWrite, "app";
    CreateOrganizationApp = "app.create_organization", OrganizationAdmin, "app";
    UpdatePlatformApp = "app.update_platform", PlatformWrite, "app";
    UpdateOrganizationApp = "app.update_organization", OrganizationAdmin, "app";
    CreatePlatformVersion = "app_version.create_platform", PlatformWrite, "app_version";
    CreateOrganizationVersion = "app_version.create_organization", OrganizationAdmin, "app_version";
    PublishPlatformVersion = "app_version.publish_platform", PlatformWrite, "app_version";
    PublishOrganizationVersion = "app_version.publish_organization", OrganizationAdmin, "app_version";
    RetirePlatformVersion = "app_version.retire_platform", PlatformWrite, "app_version";
    RetireOrganizationVersion = "app_version.retire_organization", OrganizationAdmin, "app_version";
    UploadPlatformArtifact = "artifact.upload_platform", PlatformWrite, "artifact";
    UploadOrganizationArtifact = "artifact.upload_organization", OrganizationAdmin, "artifact";
    VerifyPlatformArtifact = "artifact.request_verification_platform", PlatformWrite, "artifact";
    VerifyOrganizationArtifact = "artifact.request_verification_organization", OrganizationAdmin, "artifact";
    RecordArtifactVerification = "artifact.record_verification", PlatformWrite, "artifact";
    PublishPlatformArtifact = "artifact.publish_platform", PlatformWrite, "artifact";
    PublishOrganizationArtifact = "artifact.publish_organization", OrganizationAdmin, "artifact";
    PromotePlatformArtifact = "artifact.promote_platform", PlatformWrite, "artifact";
    PromoteOrganizationArtifact = "artifact.promote_organization", OrganizationAdmin, "artifact";
    RetirePlatformArtifact = "artifact.retire_platform", PlatformWrite, "artifact";
    RetireOrganizationArtifact = "artifact.retire_organization", OrganizationAdmin, "artifact";
    ReadEntitlements = "entitlement.read", ProjectRead, "entitlement";
    SetEntitlement = "entitlement.set", OrganizationAdmin, "entitlement";
    ReadAllocations = "allocation.read", ProjectRead, "allocation";
    CreateAllocation = "allocation.create", ProjectDevelop, "allocation";
    ReleaseAllocation = "allocation.release", ProjectDevelop, "allocation";
    PlaceAllocation = "allocation.place", PlatformWrite, "allocation";
    ExpireAllocation = "allocation.expire", PlatformWrite, "allocation";
    AbandonAllocation = "allocation.abandon", PlatformWrite, "allocation";
    ReadInstances = "app_instance.read", ProjectRead, "app_instance";
    LaunchInstance = "app_instance.launch", ProjectDevelop, "app_instance";
    StopInstance = "app_instance.stop", ProjectDevelop, "app_instance";
    StartInstance = "app_instance.start", ProjectDevelop, "app_instance";
    RestartInstance = "app_instance.restart", ProjectDevelop, "app_instance";
    CancelInstance = "app_instance.cancel", ProjectDevelop, "app_instance";
    DecommissionInstance = "app_instance.decommission", ProjectDevelop, "app_instance";
    TunnelInstance = "app_instance.tunnel", ProjectDevelop, "app_instance";
    ReadInstanceLogs = "app_instance.read_logs", ProjectDevelop, "app_instance";
    EvacuateInstance = "app_instance.evacuate", PlatformWrite, "app_instance";
    QueueInstanceTask = "app_instance.queue_task", PlatformWrite, "app_instance";
    ObserveInstance = "app_instance.observe", PlatformWrite, "app_instance";
    ReadUsageUnits = "usage_unit.read", OrganizationRead, "usage_unit";
    RegisterUsageUnit = "usage_unit.register", PlatformWrite, "usage_unit";
    RetireUsageUnit = "usage_unit.retire", PlatformWrite, "usage_unit";
    ReadPrices = "price.read", OrganizationRead, "price_book";
    ReadPriceBooks = "price_book.read", PlatformRead, "price_book";
    CreatePriceBook = "price_book.create", PlatformWrite, "price_book";
    SetPrice = "price_book.set_price", PlatformWrite, "price_book";
    WithdrawPrice = "price_book.withdraw_price", PlatformWrite, "price_book";
    RecordUsage = "usage_event.record", PlatformWrite, "usage_event";
    MeterUsage = "usage.meter", PlatformWrite, "usage";
    ReadBilling = "ledger.read", OrganizationFinance, "ledger";
    OpenAccount = "ledger.open", PlatformWrite, "ledger";
    RateUsage = "ledger.rate", PlatformWrite, "ledger";
    IssueInvoice = "invoice.issue", PlatformWrite, "invoice";
    ReadEvidence = "evidence_bundle.read", PlatformRead, "evidence_bundle";
    CreateEvidenceBundle = "evidence_bundle.create", PlatformWrite, "evidence_bundle";
    RecordEvidenceItem = "evidence_bundle.record_item", PlatformWrite, "evidence_bundle";
    RecordEvidenceInvariant = "evidence_bundle.record_invariant", PlatformWrite, "evidence_bundle";
    CloseEvidenceBundle = "evidence_bundle.close", PlatformWrite, "evidence_bundle";
    ExportLog = "log.export", PlatformAudit, "log";
    ReadLogTree = "log.read_tree", PlatformAudit, "log";
    ReadEntries = "log.read_entries", PlatformAudit, "log";
    ReadOrganizationEntries = "log.read_organization_entries", OrganizationAudit, "log";
    ExportOrganizationLog = "log.export_organization", OrganizationAudit, "log";
    ReadLogKeys = "log.read_keys", PlatformRead, "log";
    RotateLogKey = "log.rotate_key", PlatformAdmin, "log";
    SearchAudit = "audit.search", PlatformAudit, "log";
    SearchOrganizationAudit = "audit.search_organization", OrganizationAudit, "log";
    ReadExplanation = "audit.read_explanation", PlatformAudit, "log";
    ReadOrganizationExplanation = "audit.read_organization_explanation", OrganizationAudit, "log";
}
