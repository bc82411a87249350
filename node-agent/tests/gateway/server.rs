//! TLS with a certificate of the client where it has one.

use std::convert::Infallible;
use std::sync::Arc;

use gpuaas_domain::fixed::{PublicKey, Serial};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Authority, Gateway, routes};

/// Who a connection is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub(super) public_key: PublicKey,
    pub(super) serial: Serial,
}

pub(super) async fn serve(listener: TcpListener, gateway: Gateway) {
    let acceptor = TlsAcceptor::from(Arc::new(config(&gateway.authority)));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(connection(stream, acceptor.clone(), gateway.clone()));
    }
}

fn config(authority: &Authority) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.ca_der.clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.allow_unauthenticated().build().unwrap();
    let (chain, key) = authority.server();
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    builder.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap()
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, gateway: Gateway) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let peer = stream.get_ref().1.peer_certificates().map(|chain| peer(&chain[0]));
    let service = service_fn(move |request| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(routes::answer(gateway, peer, request).await) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

fn peer(der: &[u8]) -> Peer {
    let (_, certificate) = X509Certificate::from_der(der).unwrap();
    let key: &[u8] = &certificate.public_key().subject_public_key.data;
    Peer {
        public_key: PublicKey(key.try_into().unwrap()),
        serial: Serial(certificate.raw_serial().try_into().unwrap()),
    }
}
