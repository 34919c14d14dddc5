//! The same HTTP proxy behind TLS, with a certificate that only its own authority vouches for.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use tempfile::TempDir;
use ticketfall::trust::Trust;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::http;
use super::stage::Door;

/// What the proxy shows, and the authority's certificate in a file.
#[derive(Debug)]
pub(super) struct Identity {
    server: Arc<ServerConfig>,
    home: TempDir,
}

impl Identity {
    /// A proxy of the name 127.0.0.1, made for this test alone.
    pub(super) fn made() -> Self {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let shown = params.signed_by(&key, &issuer).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![shown.der().clone()], key.into())
            .unwrap();
        let home = TempDir::new().unwrap();
        std::fs::write(home.path().join("roots.pem"), root.pem()).unwrap();
        Self { server: Arc::new(server), home }
    }

    pub(super) fn roots(&self) -> PathBuf {
        self.home.path().join("roots.pem")
    }

    pub(super) fn trust(&self) -> Trust {
        Trust::with_roots_of(&self.roots()).unwrap()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.server).into()
    }
}

pub(super) async fn link(near: TcpStream, door: Door, acceptor: TlsAcceptor) -> io::Result<()> {
    http::link(acceptor.accept(near).await?, door).await
}
