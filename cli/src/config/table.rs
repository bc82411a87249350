//! The one table of settings. A flag, an environment variable, a key of the file and a
//! line of `gpuaas config` exist because a setting stands here.

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// What it is called among a command's arguments: none of the command's own is called so.
    pub(crate) id: &'static str,
    /// Its name: the flag without its hyphens.
    pub(crate) name: &'static str,
    /// What its value is, in capitals.
    pub(crate) value: &'static str,
    /// What it is for.
    pub(crate) help: &'static str,
    /// Its value where nobody gives one; empty if it has none.
    pub(crate) default: &'static str,
    /// How much of it may be shown.
    pub(crate) shown: Shown,
    /// What takes it.
    pub(crate) used_by: &'static [Use],
}

/// How much of a setting's value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All.
    Whole,
    /// That there is one.
    Masked,
    /// All but the password in a URL.
    WithoutPassword,
}

/// What takes settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The embedded platform, `gpuaas up`.
    Up,
    /// A production server, `gpuaas server`.
    Server,
    /// The commands that ask a server.
    Client,
}

impl Setting {
    /// Its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("GPUAAS_{}", self.key().to_uppercase())
    }

    /// Its key in the file.
    pub(crate) fn key(&self) -> String {
        self.name.replace('-', "_")
    }
}

macro_rules! settings {
    ($($name:ident = $text:literal, $value:literal, $default:expr, $shown:ident, [$($used:ident)+], $help:literal;)+) => {
        $(
            #[doc = $help]
            pub(crate) static $name: Setting = Setting {
                id: concat!("setting ", $text),
                name: $text,
                value: $value,
                help: $help,
                default: $default,
                shown: Shown::$shown,
                used_by: &[$(Use::$used),+],
            };
        )+

        /// Every setting.
        pub(crate) static ALL: &[&Setting] = &[$(&$name),+];
    };
}

settings! {
    DATA = "data", "DIR", "", Whole, [Up Server Client],
        "Where the platform keeps what is its own; by default gpuaas in the folder for application data";
    LISTEN = "listen", "ADDRESS", "127.0.0.1:7070", Whole, [Up Server], "Where to listen; port 0 takes a free one";
    GATEWAY_LISTEN = "gateway-listen", "ADDRESS", "127.0.0.1:7071", Whole, [Up Server],
        "Where to listen for nodes; port 0 takes a free one";
    GATEWAY_NAMES = "gateway-names", "NAMES", "", Whole, [Up Server],
        "Names and addresses by which nodes reach the server, besides those of this machine, separated by commas";
    NODE_CERTIFICATE = "node-certificate", "DURATION", "24h", Whole, [Up Server], "How long a node's certificate lasts";
    NODE_HEARTBEAT = "node-heartbeat", "DURATION", "10s", Whole, [Up Server], "Between a node's heartbeats";
    NODE_OFFLINE_AFTER = "node-offline-after", "DURATION", "30s", Whole, [Up Server],
        "After how long a silence a node is offline";
    ATTEST_EVERY = "attest-every", "DURATION", "60s", Whole, [Up Server],
        "Between a node's signed statements of what runs";
    REGISTRIES = "registries", "URLS", "", Whole, [Up Server],
        "Registries that images may come from, as https://HOST or http://HOST, with CREDENTIAL@ before the host where one \
         of the key store logs in, separated by commas";
    WEBHOOK_HOSTS = "webhook-hosts", "HOSTS", "", Whole, [Up Server],
        "Hosts that webhooks may be sent to without TLS and on private addresses, with a port if only that one is meant, \
         separated by commas";
    LOCAL_IMAGES = "local-images", "BOOL", "false", Whole, [Up],
        "Whether images that only this machine's own engine has may run: true or false";
    LOCAL_NODE = "local-node", "BOOL", "true", Whole, [Up], "Whether this machine is a node itself: true or false";
    SLOTS = "slots", "NUMBER", "", Whole, [Up],
        "Into how many equal slots this machine is divided as a node; by default one for each GPU, or one";
    ORIGIN = "origin", "NAME", "gpuaas.local", Whole, [Up Server],
        "What the log is called by those who check it, like a host name; it counts when the log is made";
    HOSTS = "hosts", "NAMES", "", Whole, [Up Server],
        "Host names that clients use besides those of this machine, separated by commas";
    ROLES = "roles", "ROLES", "projections,policies,relay", Whole, [Server],
        "What the server does besides answering, separated by commas: projections, policies, relay, archive, checkpointer \
         (one server only)";
    DATABASE_URL = "database-url", "URL", "", WithoutPassword, [Server], "The Postgres with the log";
    READ_DATABASE_URL = "read-database-url", "URL", "", WithoutPassword, [Server],
        "The Postgres with the read models; by default that of the log";
    READ_CONNECTIONS = "read-connections", "NUMBER", "16", Whole, [Server], "Most connections for the read models";
    KEYS = "keys", "DIR", "", Whole, [Server],
        "The key store, which all servers share; by default keys in the data directory";
    CHECKPOINT_EVERY = "checkpoint-every", "DURATION", "60s", Whole, [Up Server],
        "How often a checkpoint of the log is signed, if there is something new";
    SIGNING_KEYS = "signing-keys", "KEYS", "", Whole, [Up Server],
        "Keys that sign checkpoints besides those of the key store, each as file:PATH or command:VKEY PROGRAM ARGUMENT, \
         separated by semicolons; a new log begins with the first";
    WITNESSES = "witnesses", "WITNESSES", "", Whole, [Up Server],
        "Witnesses that cosign checkpoints, each as its key, a space and its URL, separated by commas; the server that signs \
         asks them";
    NATS_URL = "nats-url", "URL", "", WithoutPassword, [Up Server],
        "The NATS with JetStream that the log is mirrored to, as nats://HOST:PORT or tls://HOST:PORT, several of a cluster \
         separated by commas; by default none";
    NATS_CREDENTIALS = "nats-credentials", "FILE", "", Whole, [Up Server], "A file with credentials of a NATS user";
    NATS_REPLICAS = "nats-replicas", "NUMBER", "1", Whole, [Up Server],
        "How many servers of a NATS cluster keep each stream, when it is made: 1, 3 or 5";
    MIRROR_AUDIT_EVERY = "mirror-audit-every", "DURATION", "1h", Whole, [Up Server],
        "How often the whole mirror in NATS is compared with the log; its end is every five seconds";
    ARCHIVE = "archive", "PLACE", "", WithoutPassword, [Up Server],
        "Where the log is archived: a folder, or s3://BUCKET/PREFIX, whose credentials stand in the environment as for \
         every client of S3 (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL)";
    PUBLISH_TREE = "publish-tree", "BOOL", "false", Whole, [Up Server],
        "Whether everybody may fetch the log's checkpoint and hash tiles, without a token: true or false";
    PUBLISH_EVERY = "publish-every", "DURATION", "1h", Whole, [Up Server],
        "How often the checkpoint moves that everybody may fetch, so that it does not tell how much happens when";
    RATE_LIMIT = "rate-limit", "NUMBER", "200", Whole, [Up Server], "Requests per second of one caller; 0: no limit";
    RATE_BURST = "rate-burst", "NUMBER", "1000", Whole, [Up Server], "Requests that one caller may make at once";
    BODY_LIMIT = "body-limit", "BYTES", "1048576", Whole, [Up Server], "Most bytes of a request's body";
    LOG = "log", "FILTER", "", Whole, [Up Server],
        "What to write of what happens: a level, or module=level separated by commas";
    LOG_FORMAT = "log-format", "FORMAT", "text", Whole, [Up Server], "How to write it: text or json";
    SERVER = "server", "URL", "", Whole, [Client],
        "The server to ask; by default the one that runs on the data directory";
    TOKEN = "token", "TOKEN", "", Masked, [Client],
        "The token to show; better kept in a file than in a shell's history";
    TOKEN_FILE = "token-file", "FILE", "", Whole, [Client],
        "A file with the token; by default the operator's token in the data directory";
}

#[cfg(test)]
mod tests {
    use super::{ALL, LOG_FORMAT};

    #[test]
    fn a_setting_has_one_name_in_three_spellings() {
        assert_eq!((LOG_FORMAT.name, LOG_FORMAT.key().as_str()), ("log-format", "log_format"));
        assert_eq!(LOG_FORMAT.variable(), "GPUAAS_LOG_FORMAT");
    }

    #[test]
    fn no_two_settings_share_a_name() {
        let mut names: Vec<_> = ALL.iter().map(|setting| setting.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
