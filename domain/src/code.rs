//! Every stable error code. `schemas/errors.yaml` says of each what it means, its HTTP
//! status and what to do; a test keeps the two lists equal.

use crate::event::words;

words! {
    /// A stable error code. It never changes its meaning and is never reused.
    pub enum Code {
        /// The resource is there already.
        AlreadyExists = "already_exists",
        /// The request took longer than it may.
        DeadlineExceeded = "deadline_exceeded",
        /// No valid token came with the request.
        Unauthenticated = "unauthenticated",
        /// The token is well-formed but has expired.
        TokenExpired = "token_expired",
        /// The token was revoked, or its subject counts no more.
        TokenRevoked = "token_revoked",
        /// The service account's id or secret is wrong.
        InvalidClientCredentials = "invalid_client_credentials",
        /// The access rules do not allow it.
        Forbidden = "forbidden",
        /// A browser page of another origin asked, or the Host is not this server's.
        ForeignOrigin = "foreign_origin",
        /// There is no such resource, or none that the actor may see.
        NotFound = "not_found",
        /// The method is not there for this path.
        MethodNotAllowed = "method_not_allowed",
        /// The body is of another content type.
        UnsupportedMediaType = "unsupported_media_type",
        /// The body is larger than it may be.
        BodyTooLarge = "body_too_large",
        /// The body is not JSON, or has a key twice.
        MalformedJson = "malformed_json",
        /// A field has a value that is not allowed.
        InvalidField = "invalid_field",
        /// A path or query parameter is not allowed.
        InvalidParameter = "invalid_parameter",
        /// A header is not allowed.
        InvalidHeader = "invalid_header",
        /// A unique name is held by another resource.
        NameTaken = "name_taken",
        /// The resource has another version than `If-Match` says.
        PreconditionFailed = "precondition_failed",
        /// The same key came with another request.
        IdempotencyKeyReused = "idempotency_key_reused",
        /// A mutation came without a key.
        IdempotencyKeyMissing = "idempotency_key_missing",
        /// The first answer carried a secret, which is not repeated.
        SecretAlreadyDelivered = "secret_already_delivered",
        /// The cursor was not made by this list.
        InvalidCursor = "invalid_cursor",
        /// Others changed the same thing at the same time, again and again.
        Contention = "contention",
        /// Too many requests.
        RateLimited = "rate_limited",
        /// The queue of the log is full.
        Overloaded = "overloaded",
        /// The log cannot be written at present.
        Unavailable = "unavailable",
        /// The log refuses to be written until an operator acts.
        LogStopped = "log_stopped",
        /// It is not known whether the change was made.
        OutcomeUnknown = "outcome_unknown",
        /// The read models have not caught up with the position asked for.
        ProjectionBehind = "projection_behind",
        /// No checkpoint covers what is to be exported.
        CheckpointBehind = "checkpoint_behind",
        /// A key that signs checkpoints cannot sign.
        SigningKeyUnavailable = "signing_key_unavailable",
        /// A defect of the server.
        Internal = "internal",
        /// The project is archived.
        ProjectArchived = "project_archived",
        /// The user is disabled.
        UserDisabled = "user_disabled",
        /// The person was erased.
        UserErased = "user_erased",
        /// Nobody erases themselves.
        CannotEraseOneself = "cannot_erase_oneself",
        /// The person is no member of the organization yet.
        NotAMember = "not_a_member",
        /// The role belongs to another scope.
        RoleOfAnotherScope = "role_of_another_scope",
        /// The service account has as many secrets as it may have.
        TooManySecrets = "too_many_secrets",
        /// The organization has as many webhooks as it may have.
        TooManyWebhooks = "too_many_webhooks",
        /// The enrollment token is not one of this platform's.
        EnrollmentTokenUnknown = "enrollment_token_unknown",
        /// The enrollment token was used with another key, or revoked.
        EnrollmentTokenUsed = "enrollment_token_used",
        /// The enrollment token has expired.
        EnrollmentTokenExpired = "enrollment_token_expired",
        /// The certificate request cannot be read, or its signature is wrong.
        CertificateRequestInvalid = "certificate_request_invalid",
        /// The certificate belongs to no node, or counts no more.
        NodeCertificateUnknown = "node_certificate_unknown",
        /// The node is banned.
        NodeBanned = "node_banned",
        /// The node has not enrolled yet.
        NodeNotEnrolled = "node_not_enrolled",
        /// The node is offline.
        NodeOffline = "node_offline",
        /// The node's agent is connected.
        NodeOnline = "node_online",
        /// The node was removed.
        NodeRemoved = "node_removed",
        /// Fewer slots are free on the node than are wanted.
        NotEnoughSlots = "not_enough_slots",
        /// The allocation holds slots of the node already.
        SlotsAlreadyReserved = "slots_already_reserved",
        /// A simulated inventory came from a node that is not registered as simulated.
        SimulatedInventoryRefused = "simulated_inventory_refused",
        /// The task is another node's.
        TaskOfAnotherNode = "task_of_another_node",
        /// The task has ended already, otherwise.
        TaskEnded = "task_ended",
        /// A newer generation of the same workload is known.
        StaleGeneration = "stale_generation",
        /// No task of this kind is known.
        UnknownTaskKind = "unknown_task_kind",
        /// The report's or attestation's signature is not the node's.
        NodeSignatureInvalid = "node_signature_invalid",
        /// The report does not follow the one before: two agents use one key.
        ReportForked = "report_forked",
        /// Reports before this one are missing.
        ReportGap = "report_gap",
        /// The attested interval ends in the future.
        AttestationInFuture = "attestation_in_future",
        /// The attested interval begins before the end of one that is recorded.
        AttestationOverlaps = "attestation_overlaps",
        /// The allocation is another node's.
        AllocationOfAnotherNode = "allocation_of_another_node",
        /// A manifest is not one that can be launched.
        ManifestInvalid = "manifest_invalid",
        /// A launch names a host port.
        HostPortRefused = "host_port_refused",
        /// The app's version declares no such parameter.
        ParameterUnknown = "parameter_unknown",
        /// The parameter would have no effect.
        ParameterUnsupported = "parameter_unsupported",
        /// The parameter's value is not allowed.
        ParameterInvalid = "parameter_invalid",
        /// No engine here installs packages at launch.
        PythonPackagesUnavailable = "python_packages_unavailable",
        /// The app does not offer this storage mode.
        StorageModeNotInProfile = "storage_mode_not_in_profile",
        /// The storage mode is not there in this environment.
        StorageModeUnavailable = "storage_mode_unavailable",
        /// The exposure is not there in this environment.
        ExposureUnavailable = "exposure_unavailable",
        /// The engine is not there in this environment, or the app is not ready for it.
        EngineUnavailable = "engine_unavailable",
        /// The app's readiness is asked in a way that no engine here knows.
        ReadinessUnsupported = "readiness_unsupported",
        /// The app's version is not published.
        AppVersionNotPublished = "app_version_not_published",
        /// The app's version is retired.
        AppVersionRetired = "app_version_retired",
        /// The project may not launch the app.
        AppNotEntitled = "app_not_entitled",
        /// The image is named by a tag.
        ImageTagRefused = "image_tag_refused",
        /// No artifact of the app fits the launch.
        ArtifactMissing = "artifact_missing",
        /// The artifact has not come that far yet.
        ArtifactNotReady = "artifact_not_ready",
        /// The artifact is retired.
        ArtifactRetired = "artifact_retired",
        /// The registry does not have the digest.
        ArtifactNotInRegistry = "artifact_not_in_registry",
        /// What the registry has is not what the artifact says.
        ArtifactMismatch = "artifact_mismatch",
        /// The registry cannot be asked, or is not one of this platform's.
        RegistryUnavailable = "registry_unavailable",
        /// The digest is not trusted here.
        DigestNotTrusted = "digest_not_trusted",
        /// The image is for another processor.
        ArchitectureMismatch = "architecture_mismatch",
        /// More GPUs are asked for than there are.
        NotEnoughGpus = "not_enough_gpus",
        /// More processors or memory are asked for than there are.
        ResourcesExceedAllocation = "resources_exceed_allocation",
        /// The SKU is retired.
        SkuRetired = "sku_retired",
        /// No node could ever hold the SKU.
        NoNodeFits = "no_node_fits",
        /// The allocation is not active.
        AllocationNotActive = "allocation_not_active",
        /// The allocation belongs to another project.
        AllocationOfAnotherProject = "allocation_of_another_project",
        /// No place was found in time.
        PlacementExpired = "placement_expired",
        /// What is asked of the workload does not fit what it does now.
        InstanceStateConflict = "instance_state_conflict",
        /// The workload is being decommissioned, or was.
        InstanceDecommissioned = "instance_decommissioned",
        /// Nothing is under way that could be cancelled.
        NothingToCancel = "nothing_to_cancel",
        /// The usage unit is not registered.
        UsageUnitUnknown = "usage_unit_unknown",
        /// The bundle of evidence is closed.
        EvidenceBundleClosed = "evidence_bundle_closed",
        /// The bundle of evidence is not closed.
        EvidenceBundleOpen = "evidence_bundle_open",
        /// The bundle of evidence has no room for more.
        EvidenceBundleFull = "evidence_bundle_full",
        /// The usage unit is retired.
        UsageUnitRetired = "usage_unit_retired",
        /// The usage unit is another product's.
        UsageUnitOfAnotherProduct = "usage_unit_of_another_product",
        /// The reported usage ends in the future.
        UsageInFuture = "usage_in_future",
        /// Other usage was reported under the same key.
        UsageEventConflict = "usage_event_conflict",
        /// The usage was rated already.
        UsageAlreadyRated = "usage_already_rated",
        /// The price is below zero.
        PriceNegative = "price_negative",
        /// The price would take effect in the past.
        PriceInPast = "price_in_past",
        /// A price that takes effect then or later is set.
        PriceOverlaps = "price_overlaps",
        /// The account of the organization is not open.
        AccountNotOpen = "account_not_open",
        /// The interval is invoiced already.
        InvoiceOverlaps = "invoice_overlaps",
        /// Between the last invoice and this one would be time that no invoice has.
        InvoiceGap = "invoice_gap",
        /// The interval has not ended.
        InvoiceInFuture = "invoice_in_future",
        /// A resource is asked for as of a position or a time that has not come yet.
        AsOfInFuture = "as_of_in_future",
        /// An amount does not fit.
        AmountTooLarge = "amount_too_large",
        /// Webhooks are not sent to this address.
        WebhookAddressRefused = "webhook_address_refused",
    }
}
