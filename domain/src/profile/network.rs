//! Where a workload can be reached: as authors write it, in the present shape or the one
//! before, and as everything else reads it ([`super::normalize`]).

use crate::bounded::Text;
use crate::event::{fields, words};
use crate::node_protocol::task::EndpointKind;

words! {
    /// What is spoken at an endpoint.
    pub enum EndpointType {
        /// HTTP.
        Http = "http",
        /// Anything over TCP.
        Tcp = "tcp",
        /// SSH.
        Ssh = "ssh",
        /// The Kubernetes API.
        Kubernetes = "kubernetes",
        /// The Model Context Protocol, over HTTP.
        Mcp = "mcp",
        /// A scheduler's submission protocol.
        JobSubmission = "job_submission",
    }

    /// What was spoken, in the shape before.
    pub enum Protocol {
        /// HTTP.
        Http = "http",
        /// Anything over TCP.
        Tcp = "tcp",
    }

    /// How whoever comes through the edge is known to the workload.
    pub enum AuthPattern {
        /// The workload speaks OpenID Connect itself.
        OidcNative = "oidc_native",
        /// The edge puts a signed token into a header.
        HeaderInjectedJwt = "header_injected_jwt",
        /// Each connection has a credential of its own.
        PerConnectionCredential = "per_connection_credential",
        /// Each user has a certificate.
        MtlsUserCert = "mtls_user_cert",
        /// Each user has an instance.
        PerUserInstance = "per_user_instance",
    }

    /// How a route names an endpoint.
    pub enum RouteMode {
        /// By a host of its own.
        Host = "host",
        /// By a path below the platform's host, as it was before.
        PlatformPathCompat = "platform_path_compat",
    }

    /// How a route's clients show who they are.
    pub enum ClientAuthMode {
        /// A browser, signed in.
        BrowserOidc = "browser_oidc",
        /// A program, with a token in a header.
        ApiBearer = "api_bearer",
    }

    /// What a route is for.
    pub enum RouteFamily {
        /// An app for people.
        BrowserApp = "browser_app",
        /// An app's API.
        ApiApp = "api_app",
        /// The platform's own tools; not for apps.
        PlatformAdmin = "platform_admin",
        /// Terminals; not for apps.
        TerminalWs = "terminal_ws",
    }

    /// Who could reach an endpoint, in the shape before.
    pub enum ExposureMode {
        /// Whoever is on the node, and whoever the platform tunnels there.
        Private = "private",
        /// Whoever comes through the platform's proxy.
        PlatformProxy = "platform_proxy",
    }
}

fields! {
    /// Where a workload can be reached.
    #[derive(Default)]
    pub struct Network {
        /// Its ports.
        #[serde(default)]
        pub endpoints: Vec<EndpointSlot>,
    }

    /// A port, as its author writes it.
    pub struct EndpointSlot {
        /// Its name.
        pub name: Text<48>,
        /// The port in the container.
        #[cfg_attr(feature = "schemas", schemars(range(min = 1)))]
        pub port: u16,
        /// What is spoken there.
        #[serde(rename = "type")]
        pub kind: Option<EndpointType>,
        /// How whoever comes through the edge is known to the workload.
        pub auth_pattern: Option<AuthPattern>,
        /// Whether and how it is reached through the edge.
        pub managed_ingress: Option<ManagedIngress>,
        /// In the shape before: what is spoken there.
        pub protocol: Option<Protocol>,
        /// In the shape before: who can reach it.
        pub exposure_modes: Option<Vec<ExposureMode>>,
        /// In the shape before: how it is reached through the edge.
        pub proxy: Option<Proxy>,
    }

    /// How an endpoint is reached through the edge.
    #[derive(Default)]
    pub struct ManagedIngress {
        /// Whether it is.
        pub enabled: bool,
        /// How the route names it.
        pub route_mode: Option<RouteMode>,
        /// Where a browser begins.
        pub default_open_path: Option<Text<200>>,
        /// Whether it needs websockets.
        #[serde(default)]
        pub websocket_required: bool,
        /// How clients show who they are.
        pub client_auth_mode: Option<ClientAuthMode>,
        /// What the route is for.
        pub route_family: Option<RouteFamily>,
    }

    /// How an endpoint was reached through the edge.
    pub struct Proxy {
        /// Where a browser begins.
        pub default_open_path: Option<Text<200>>,
        /// Whether it needs websockets.
        #[serde(default)]
        pub websocket_required: bool,
        /// What bridged the platform's sign-in to the app's.
        pub auth_bridge: Option<Text<64>>,
    }

    /// A port, as everything reads it.
    pub struct Endpoint {
        /// Its name.
        pub name: Text<48>,
        /// The port in the container.
        pub port: u16,
        /// What is spoken there.
        pub kind: EndpointType,
        /// How whoever comes through the edge is known to the workload.
        pub auth_pattern: Option<AuthPattern>,
        /// The route that the edge is asked for; `None`: none.
        pub route: Option<RouteIntent>,
    }

    /// A route that the edge is asked for.
    pub struct RouteIntent {
        /// How it names the endpoint.
        pub route_mode: RouteMode,
        /// Where a browser begins.
        pub default_open_path: Option<Text<200>>,
        /// Whether it needs websockets.
        pub websocket_required: bool,
        /// How clients show who they are.
        pub client_auth_mode: ClientAuthMode,
        /// What it is for.
        pub route_family: RouteFamily,
    }
}

impl EndpointType {
    /// What the node is told.
    #[must_use]
    pub fn spoken(self) -> EndpointKind {
        match self {
            Self::Http | Self::Mcp | Self::Kubernetes => EndpointKind::Http,
            Self::Tcp | Self::Ssh | Self::JobSubmission => EndpointKind::Tcp,
        }
    }
}
