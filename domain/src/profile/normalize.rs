//! One shape of endpoints for everything that reads them, from the present shape and the
//! one before.
//!
//! | the shape before | the present one |
//! |---|---|
//! | `protocol: http`, `tcp` | `type: http`, `tcp` |
//! | `exposure_modes: [platform_proxy]` | `managed_ingress: {enabled: true, route_mode: platform_path_compat}` |
//! | `proxy.default_open_path`, `proxy.websocket_required` | the same below `managed_ingress` |
//! | `proxy.auth_bridge` | nothing: `auth_pattern` says it |

use super::ManifestFault;
use super::network::{
    ClientAuthMode, Endpoint, EndpointSlot, EndpointType, ExposureMode, ManagedIngress, Protocol, RouteFamily,
    RouteIntent, RouteMode,
};

impl EndpointSlot {
    /// The port in the one shape that everything reads.
    pub(super) fn normalize(&self) -> Result<Endpoint, ManifestFault> {
        let fault = |field: &str, message: &str| {
            ManifestFault::new(format!("network.endpoints.{}.{field}", self.name), message)
        };
        let before = self.protocol.map(|protocol| match protocol {
            Protocol::Http => EndpointType::Http,
            Protocol::Tcp => EndpointType::Tcp,
        });
        let kind = match (self.kind, before) {
            (Some(kind), Some(before)) if kind != before => {
                return Err(fault("protocol", "contradicts type; leave protocol out"));
            }
            (Some(kind), _) | (None, Some(kind)) => kind,
            (None, None) => {
                return Err(fault("type", "is missing; say http, tcp, ssh, kubernetes, mcp or job_submission"));
            }
        };
        if self.managed_ingress.is_some() && (self.exposure_modes.is_some() || self.proxy.is_some()) {
            return Err(fault("managed_ingress", "replaces exposure_modes and proxy; leave those out"));
        }
        let ingress = self.ingress();
        let route = ingress.enabled.then(|| route_intent(ingress));
        if route.as_ref().is_some_and(|route| route.route_family.is_reserved()) {
            return Err(fault(
                "managed_ingress.route_family",
                "is reserved for the platform; say browser_app or api_app",
            ));
        }
        let Self { name, port, auth_pattern, .. } = self.clone();
        Ok(Endpoint { name, port, kind, auth_pattern, route })
    }

    fn ingress(&self) -> ManagedIngress {
        if let Some(ingress) = &self.managed_ingress {
            return ingress.clone();
        }
        let enabled = self.exposure_modes.as_ref().is_some_and(|modes| modes.contains(&ExposureMode::PlatformProxy));
        let proxy = self.proxy.clone();
        ManagedIngress {
            enabled,
            route_mode: Some(RouteMode::PlatformPathCompat),
            default_open_path: proxy.as_ref().and_then(|proxy| proxy.default_open_path.clone()),
            websocket_required: proxy.is_some_and(|proxy| proxy.websocket_required),
            client_auth_mode: None,
            route_family: None,
        }
    }
}

impl RouteFamily {
    fn is_reserved(self) -> bool {
        match self {
            Self::BrowserApp | Self::ApiApp => false,
            Self::PlatformAdmin | Self::TerminalWs => true,
        }
    }
}

fn route_intent(ingress: ManagedIngress) -> RouteIntent {
    let client_auth_mode = ingress.client_auth_mode.unwrap_or(ClientAuthMode::BrowserOidc);
    let family = match client_auth_mode {
        ClientAuthMode::BrowserOidc => RouteFamily::BrowserApp,
        ClientAuthMode::ApiBearer => RouteFamily::ApiApp,
    };
    RouteIntent {
        route_mode: ingress.route_mode.unwrap_or(RouteMode::Host),
        default_open_path: ingress.default_open_path,
        websocket_required: ingress.websocket_required,
        client_auth_mode,
        route_family: ingress.route_family.unwrap_or(family),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(json: serde_json::Value) -> Result<Endpoint, ManifestFault> {
        serde_json::from_value::<EndpointSlot>(json).unwrap().normalize()
    }

    #[test]
    fn the_shape_before_means_the_same_as_the_present_one() {
        let before = endpoint(serde_json::json!({
            "name": "web", "port": 8888, "protocol": "http", "exposure_modes": ["platform_proxy"],
            "proxy": {"default_open_path": "/lab", "websocket_required": true, "auth_bridge": "jupyter_token"}
        }));
        let present = endpoint(serde_json::json!({
            "name": "web", "port": 8888, "type": "http", "managed_ingress": {
                "enabled": true, "route_mode": "platform_path_compat",
                "default_open_path": "/lab", "websocket_required": true
            }
        }));
        assert_eq!(before, present);
        assert!(before.unwrap().route.is_some());
    }

    #[test]
    fn an_endpoint_without_a_proxy_has_no_route() {
        let private = endpoint(serde_json::json!({
            "name": "web", "port": 1, "protocol": "tcp", "exposure_modes": ["private"]
        }));
        let private = private.unwrap();
        assert_eq!((private.kind, private.route), (EndpointType::Tcp, None));
    }

    #[test]
    fn the_family_of_a_route_follows_its_clients() {
        let api = endpoint(serde_json::json!({
            "name": "api", "port": 1, "type": "http",
            "managed_ingress": {"enabled": true, "client_auth_mode": "api_bearer"}
        }));
        assert_eq!(api.unwrap().route.unwrap().route_family, RouteFamily::ApiApp);
    }

    #[test]
    fn contradictions_and_reserved_families_are_refused() {
        for (change, field) in [
            (serde_json::json!({"type": "tcp", "protocol": "http"}), "protocol"),
            (serde_json::json!({}), "type"),
            (serde_json::json!({"type": "http", "managed_ingress": {"enabled": true}, "proxy": {}}), "managed_ingress"),
            (
                serde_json::json!({"type": "http", "managed_ingress": {"enabled": true, "route_family": "terminal_ws"}}),
                "managed_ingress.route_family",
            ),
        ] {
            let mut slot = serde_json::json!({"name": "web", "port": 1});
            slot.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(endpoint(slot).unwrap_err().path, format!("network.endpoints.web.{field}"));
        }
    }
}
