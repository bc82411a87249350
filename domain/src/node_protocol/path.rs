//! Where each request goes.

/// Prefix of all of them.
pub const PREFIX: &str = "/node/v1";
/// Takes a node for the agent's own.
pub const ENROLL: &str = "/node/v1/enroll";
/// Gets a certificate after the last one has expired.
pub const RECOVER: &str = "/node/v1/recover";
/// Gets the next certificate.
pub const RENEW: &str = "/node/v1/renew";
/// Says that the agent is there.
pub const HEARTBEAT: &str = "/node/v1/heartbeat";
/// Everything that the server wants of the node.
pub const TASKS: &str = "/node/v1/tasks";
/// Takes one report.
pub const REPORTS: &str = "/node/v1/reports";
/// Hands out what a task names.
pub const CREDENTIALS: &str = "/node/v1/credentials";
/// Takes how far an image has come.
pub const PROGRESS: &str = "/node/v1/progress";
/// Takes log lines that were asked for.
pub const LOGS: &str = "/node/v1/logs";
/// Begins a tunnel that was asked for.
pub const TUNNELS: &str = "/node/v1/tunnels";
