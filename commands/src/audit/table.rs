//! The table of commands: name, kind of what it is done to, the actions that the access
//! rules are asked for, and the events that it may write.

use super::Registered;
use crate::authorization::Action;

macro_rules! registered {
    ($($command:literal, $target:literal, [$($action:ident),*], [$($event:literal),+];)+) => {
        &[$(Registered {
            command: $command,
            target: $target,
            actions: &[$(Action::$action),*],
            events: &[$($event),+],
        }),+]
    };
}

/// Every command, sorted by its name.
pub(super) const COMMANDS: &[Registered] = registered! {
    "access.record_denial", "access", [], ["access.denied", "access.denials_counted"];
    "allocation.abandon", "allocation", [AbandonAllocation],
        ["allocation.release_requested", "allocation.instance_detached", "allocation.released",
         "app_instance.decommissioned", "app_instance.failed", "node_task.failed", "node_task.cancelled",
         "node.slots_released"];
    "allocation.create", "allocation", [CreateAllocation],
        ["allocation.requested", "allocation.placed", "node.slots_reserved"];
    "allocation.expire", "allocation", [ExpireAllocation], ["allocation.failed"];
    "allocation.place", "allocation", [PlaceAllocation], ["allocation.placed", "node.slots_reserved"];
    "allocation.release", "allocation", [ReleaseAllocation],
        ["allocation.release_requested", "allocation.released", "node.slots_released"];
    "app.create", "app", [CreatePlatformApp, CreateOrganizationApp], ["app.created"];
    "app.update", "app", [UpdatePlatformApp, UpdateOrganizationApp], ["app.updated"];
    "app_instance.cancel", "app_instance", [CancelInstance],
        ["app_instance.stop_requested", "app_instance.stopped", "app_instance.decommission_requested",
         "app_instance.decommissioned", "allocation.instance_detached", "allocation.released", "node.slots_released"];
    "app_instance.decommission", "app_instance", [DecommissionInstance],
        ["app_instance.decommission_requested", "app_instance.decommissioned", "allocation.instance_detached",
         "allocation.released", "node.slots_released"];
    "app_instance.deliver_app_token", "app_instance", [TunnelInstance], ["app_instance.app_token_delivered"];
    "app_instance.evacuate", "app_instance", [EvacuateInstance],
        ["app_instance.decommission_requested", "app_instance.decommissioned", "allocation.instance_detached",
         "allocation.released", "node.slots_released"];
    "app_instance.launch", "app_instance", [LaunchInstance], ["app_instance.requested", "allocation.instance_attached"];
    "app_instance.observe", "app_instance", [ObserveInstance],
        ["app_instance.deploying", "app_instance.running", "app_instance.stopped", "app_instance.failed",
         "app_instance.decommissioned", "app_instance.removal_failed", "allocation.instance_detached",
         "allocation.released", "node.slots_released"];
    "app_instance.queue_task", "app_instance", [QueueInstanceTask],
        ["app_instance.validation_waited", "app_instance.task_queued", "app_instance.failed", "node_task.queued",
         "node_task.cancel_requested", "node_task.cancelled"];
    "app_instance.restart", "app_instance", [RestartInstance], ["app_instance.restart_requested"];
    "app_instance.start", "app_instance", [StartInstance], ["app_instance.start_requested"];
    "app_instance.stop", "app_instance", [StopInstance], ["app_instance.stop_requested", "app_instance.stopped"];
    "app_version.create", "app_version", [CreatePlatformVersion, CreateOrganizationVersion], ["app_version.created"];
    "app_version.publish", "app_version", [PublishPlatformVersion, PublishOrganizationVersion],
        ["app_version.published"];
    "app_version.retire", "app_version", [RetirePlatformVersion, RetireOrganizationVersion], ["app_version.retired"];
    "artifact.promote", "artifact", [PromotePlatformArtifact, PromoteOrganizationArtifact], ["artifact.promoted"];
    "artifact.publish", "artifact", [PublishPlatformArtifact, PublishOrganizationArtifact], ["artifact.published"];
    "artifact.record_verification", "artifact", [RecordArtifactVerification],
        ["artifact.verified", "artifact.verification_failed"];
    "artifact.request_verification", "artifact", [VerifyPlatformArtifact, VerifyOrganizationArtifact],
        ["artifact.verification_requested"];
    "artifact.retire", "artifact", [RetirePlatformArtifact, RetireOrganizationArtifact], ["artifact.retired"];
    "artifact.upload", "artifact", [UploadPlatformArtifact, UploadOrganizationArtifact], ["artifact.uploaded"];
    "enrollment.issue", "enrollment", [IssueEnrollment], ["enrollment.issued"];
    "enrollment.revoke", "enrollment", [RevokeEnrollment], ["enrollment.revoked"];
    "entitlement.set", "entitlement", [SetEntitlement], ["entitlement.enabled", "entitlement.disabled"];
    "evidence_bundle.close", "evidence_bundle", [CloseEvidenceBundle], ["evidence_bundle.closed"];
    "evidence_bundle.create", "evidence_bundle", [CreateEvidenceBundle], ["evidence_bundle.created"];
    "evidence_bundle.record_invariant", "evidence_bundle", [RecordEvidenceInvariant],
        ["evidence_bundle.invariant_recorded"];
    "evidence_bundle.record_item", "evidence_bundle", [RecordEvidenceItem], ["evidence_bundle.item_recorded"];
    "invoice.issue", "invoice", [IssueInvoice], ["invoice.issued", "ledger.invoiced"];
    "ledger.open", "ledger", [OpenAccount], ["ledger.opened"];
    "ledger.rate", "ledger", [RateUsage], ["ledger.opened", "ledger.posted"];
    "log.change_keys", "log", [], ["log.keys_changed"];
    "log.commit_heads", "log", [], ["log.heads_committed"];
    "log.create", "log", [], ["log.created"];
    "log.declare", "log", [], ["log.kind_declared", "log.schema_declared"];
    "log.erase_payload", "log", [], ["log.payload_erased"];
    "log.rotate_key", "log", [RotateLogKey], ["log.keys_changed"];
    "membership.change_role", "membership", [ChangeOrganizationRole, ChangeProjectRole], ["membership.role_changed"];
    "membership.grant", "membership", [GrantOrganizationMembership, GrantProjectMembership], ["membership.granted"];
    "membership.remove", "membership", [RemoveOrganizationMembership, RemoveProjectMembership], ["membership.removed"];
    "node.ban", "node", [BanNode], ["node.banned"];
    "node.come_online", "node", [ComeOnline], ["node.went_online"];
    "node.enroll", "node", [EnrollNode], ["node.enrolled", "node.certificate_issued", "enrollment.used"];
    "node.go_offline", "node", [GoOffline], ["node.went_offline"];
    "node.issue_certificate", "node", [IssueNodeCertificate], ["node.certificate_issued"];
    "node.register", "node", [RegisterNode], ["node.registered"];
    "node.remove", "node", [RemoveNode], ["node.removed"];
    "node.report", "node_report", [ReportAsNode],
        ["node_report.extended", "node_report.forked", "node.banned", "node.inventory_changed",
         "node.runtime_changed", "node_task.delivered", "node_task.started", "node_task.succeeded",
         "node_task.failed", "node_task.cancelled", "app_instance.running", "app_instance.stopped",
         "app_instance.failed", "attestation.recorded"];
    "node.unban", "node", [UnbanNode], ["node.unbanned"];
    "node_task.request_runtime_status", "node_task", [RequestRuntimeStatus], ["node_task.queued"];
    "organization.create", "organization", [CreateOrganization], ["organization.created", "membership.granted"];
    "organization.update", "organization", [UpdateOrganization], ["organization.updated"];
    "price_book.create", "price_book", [CreatePriceBook], ["price_book.created"];
    "price_book.set_price", "price_book", [SetPrice], ["price_book.price_set"];
    "price_book.withdraw_price", "price_book", [WithdrawPrice], ["price_book.price_withdrawn"];
    "project.archive", "project", [ArchiveProject], ["project.archived"];
    "project.create", "project", [CreateProject], ["project.created"];
    "project.update", "project", [UpdateProject], ["project.updated"];
    "service_account.add_secret", "service_account", [AddServiceAccountSecret], ["service_account.secret_added"];
    "service_account.change_role", "service_account", [ChangeServiceAccountRole], ["service_account.role_changed"];
    "service_account.create", "service_account", [CreateServiceAccount], ["service_account.created"];
    "service_account.delete", "service_account", [DeleteServiceAccount], ["service_account.deleted"];
    "service_account.revoke_secret", "service_account", [RevokeServiceAccountSecret],
        ["service_account.secret_revoked"];
    "sku.create", "sku", [CreateSku], ["sku.created"];
    "sku.retire", "sku", [RetireSku], ["sku.retired"];
    "token.exchange_secret", "token", [ExchangeSecret], ["token.issued"];
    "token.issue_personal", "token", [IssuePersonalToken], ["token.issued"];
    "token.revoke_own", "token", [RevokeOwnToken], ["token.revoked"];
    "token.rotate_admin", "token", [RotateAdminToken], ["token.issued", "token.revoked"];
    "usage.meter", "usage", [MeterUsage], ["usage.metered", "usage.corrected"];
    "usage_event.record", "usage_event", [RecordUsage], ["usage_event.recorded"];
    "usage_unit.register", "usage_unit", [RegisterUsageUnit], ["usage_unit.registered"];
    "usage_unit.retire", "usage_unit", [RetireUsageUnit], ["usage_unit.retired"];
    "user.change_profile", "user", [ChangeOwnProfile], ["user.profile_changed"];
    "user.create", "user", [CreateUser], ["user.created"];
    "user.disable", "user", [DisableUser], ["user.disabled"];
    "user.enable", "user", [EnableUser], ["user.enabled"];
    "user.erase", "user", [EraseUser], ["user.erased"];
    "user.set_platform_roles", "user", [SetPlatformRoles], ["user.platform_roles_set"];
    "webhook.create", "webhook", [CreateWebhook], ["webhook.created"];
    "webhook.delete", "webhook", [DeleteWebhook], ["webhook.deleted"];
    "webhook.disable", "webhook", [DisableWebhook], ["webhook.disabled"];
    "webhook.enable", "webhook", [EnableWebhook], ["webhook.enabled"];
    "webhook.give_up", "webhook", [GiveUpWebhook], ["webhook.disabled"];
    "webhook.redeliver", "webhook", [RedeliverWebhook], ["webhook.redelivery_requested"];
    "webhook.replay", "webhook", [ReplayWebhook], ["webhook.replay_requested"];
    "webhook.rotate_key", "webhook", [RotateWebhookKey], ["webhook.key_rotated"];
    "webhook.update", "webhook", [UpdateWebhook], ["webhook.updated"];
};
