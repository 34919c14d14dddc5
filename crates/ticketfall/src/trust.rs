//! Whose certificates are believed: those of Mozilla's list, and those that the user adds for a proxy of their own or a
//! company's network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read, or is no PEM.
    #[error("read the certificates {path}: {why}")]
    Unread {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: pem::Error,
    },
    /// There is none in it.
    #[error("read the certificates {0}: there is none in it")]
    Empty(PathBuf),
    /// One of them cannot be an authority's.
    #[error("trust the certificates {path}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
}

/// Whom TLS connections trust; clones share the list.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    extra: Arc<[CertificateDer<'static>]>,
}

impl Trust {
    /// Mozilla's list and the certificates of a PEM file.
    pub fn with_roots_of(path: &Path) -> Result<Self, Error> {
        let unread = |why| Error::Unread { path: path.to_owned(), why };
        let extra: Vec<_> =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(unread)?;
        if extra.is_empty() {
            return Err(Error::Empty(path.to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &extra {
            let refused = |source| Error::Refused { path: path.to_owned(), source };
            roots.add(certificate.clone()).map_err(refused)?;
        }
        Ok(Self { extra: extra.into() })
    }

    /// Whether more is trusted than browsers trust by themselves.
    pub fn has_extra(&self) -> bool {
        !self.extra.is_empty()
    }

    /// A configuration for connections to whoever shows a certificate of the list; fails where no version of TLS can be
    /// spoken.
    pub fn config(&self) -> Result<ClientConfig, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        roots.add_parsable_certificates(self.extra.iter().cloned());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("roots.pem");
        std::fs::write(&path, text).unwrap();
        let error = Trust::with_roots_of(&path).unwrap_err();
        error.to_string().replace(&path.display().to_string(), "FILE")
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        assert_eq!(told("nothing"), "read the certificates FILE: there is none in it");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(told(broken), "trust the certificates FILE");
        assert!(Trust::with_roots_of(Path::new("/nowhere.pem")).is_err());
    }

    #[test]
    fn nothing_is_added_by_itself() {
        assert!(!Trust::default().has_extra());
    }
}
