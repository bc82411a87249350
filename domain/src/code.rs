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
        /// The `Accept` header asks for what is not served.
        NotAcceptable = "not_acceptable",
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
        /// A defect of the server.
        Internal = "internal",
        /// The project is archived.
        ProjectArchived = "project_archived",
        /// The user is disabled.
        UserDisabled = "user_disabled",
        /// The role belongs to another scope.
        RoleOfAnotherScope = "role_of_another_scope",
        /// The service account has as many secrets as it may have.
        TooManySecrets = "too_many_secrets",
    }
}
