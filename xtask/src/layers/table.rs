//! The table of who may depend on whom, and of which crate brings in which tool.
//!
//! A new member gets a row here in the change that adds it. Making a row longer is a
//! decision about the architecture: say why in an ADR.

/// What of ours a member may use.
pub(crate) enum Ours {
    /// These members and no others.
    Only(&'static [&'static str]),
    /// Any: the member is about the whole, and nothing is built on it.
    All,
}

/// One member of the workspace.
pub(crate) struct Member {
    /// Its package name.
    pub name: &'static str,
    /// What of ours it may use.
    pub ours: Ours,
}

const fn member(name: &'static str, ours: &'static [&'static str]) -> Member {
    Member { name, ours: Ours::Only(ours) }
}

const fn whole(name: &'static str) -> Member {
    Member { name, ours: Ours::All }
}

/// Every member. What is not listed is forbidden.
pub(crate) const MEMBERS: &[Member] = &[
    member("gpuaas-domain", &[]),
    member("gpuaas-log", &[]),
    member("gpuaas-commands", &["gpuaas-domain", "gpuaas-log"]),
    member("gpuaas-projections", &["gpuaas-domain", "gpuaas-log"]),
    member("gpuaas-relay", &["gpuaas-domain", "gpuaas-log"]),
    member("gpuaas-api", &["gpuaas-domain", "gpuaas-log", "gpuaas-commands", "gpuaas-projections", "gpuaas-relay"]),
    member("gpuaas-node-agent", &["gpuaas-domain"]),
    member("gpuaas-sdk", &[]),
    member("gpuaas-cli", &["gpuaas-sdk", "gpuaas-log", "gpuaas-domain", "gpuaas-api", "gpuaas-node-agent"]),
    whole("gpuaas-replay-tests"),
    whole("gpuaas-benches"),
    whole("gpuaas-xtask"),
];

/// An outside crate that belongs to the purpose of a few members.
///
/// Any other member that declares it says why, in a comment on the line above the
/// declaration in its manifest. Members that may use all of ours are free.
pub(crate) struct Tool {
    /// The outside crate.
    pub name: &'static str,
    /// The members whose purpose it is.
    pub owners: &'static [&'static str],
}

const fn tool(name: &'static str, owners: &'static [&'static str]) -> Tool {
    Tool { name, owners }
}

/// Every outside crate that has owners. What is not listed is free, save for [`PURE`].
pub(crate) const TOOLS: &[Tool] = &[
    tool("async-nats", &["gpuaas-relay"]),
    tool("axum", &["gpuaas-api"]),
    tool("blake3", &["gpuaas-log"]),
    tool("bollard", &["gpuaas-node-agent"]),
    tool("cedar-policy", &["gpuaas-commands"]),
    tool("clap", &["gpuaas-cli"]),
    tool("ed25519-dalek", &["gpuaas-log", "gpuaas-node-agent"]),
    tool("indicatif", &["gpuaas-cli"]),
    tool("jsonschema", &["gpuaas-commands"]),
    tool("object_store", &["gpuaas-relay"]),
    tool("rcgen", &["gpuaas-api", "gpuaas-node-agent"]),
    tool("reqwest", &["gpuaas-sdk"]),
    tool("rmp-serde", &["gpuaas-log"]),
    tool("rustls", &["gpuaas-api", "gpuaas-node-agent"]),
    tool("sha2", &["gpuaas-log"]),
    tool("sqlx", &["gpuaas-log", "gpuaas-projections"]),
];

/// A member that may use the named outside crates and no others, for no reason whatever.
pub(crate) struct Pure {
    /// The member.
    pub name: &'static str,
    /// What it may depend on.
    pub normal: &'static [&'static str],
    /// What its tests may use besides.
    pub tests: &'static [&'static str],
}

/// The members that are pure.
pub(crate) const PURE: &[Pure] = &[Pure {
    name: "gpuaas-domain",
    normal: &["rust_decimal", "schemars", "serde", "serde_json", "thiserror", "uuid"],
    tests: &["insta", "proptest", "rmp-serde"],
}];

/// Crates that must not be in the lock file by any path, each with the reason.
pub(crate) const BANNED: &[(&str, &str)] = &[
    ("aws-lc-sys", "one TLS provider is enough, and ring builds without cmake"),
    ("native-tls", "TLS is rustls, the same on every machine"),
    ("openssl-sys", "TLS is rustls, the same on every machine"),
    ("postgres-es", "it drags in SQLite 3.46, which can corrupt a WAL; it stays in benches/baseline"),
];
