//! The agent's side of the protocol's HTTP: requests, the long stream, upgrades. It dials and
//! is never dialled.

mod endpoint;
mod error;
mod http;
mod stream;

pub(crate) use endpoint::Endpoint;
pub use endpoint::EndpointError;
pub use error::GatewayError;
pub(crate) use http::{Gateway, Upgraded};
pub(crate) use stream::FrameStream;
