//! TLS by rustls, from 1.2 on: the system's roots, and those of a file.

use super::client::Version;
use super::error::ClientError;
use crate::file;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Whom to trust. Reading the system's roots takes milliseconds: only the first request
/// over TLS waits for it.
pub(super) struct Trust {
    further: Vec<CertificateDer<'static>>,
    base: OnceLock<Result<ClientConfig, String>>,
}

impl Trust {
    /// The system's roots, and the certificates of a PEM file.
    ///
    /// # Errors
    /// If the file cannot be read, or holds no usable certificate.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, ClientError> {
        let further = ca_file.map(read).transpose()?.unwrap_or_default();
        Ok(Self {
            further,
            base: OnceLock::new(),
        })
    }

    /// TLS that offers the protocols of a version (ALPN, RFC 7301).
    ///
    /// # Errors
    /// If nobody can be trusted.
    pub(super) fn config(&self, version: Version) -> Result<Arc<ClientConfig>, String> {
        let mut config = self.base.get_or_init(|| base(&self.further)).clone()?;
        let offered: &[&[u8]] = match version {
            Version::Auto => &[b"h2", b"http/1.1"],
            Version::Http1 => &[b"http/1.1"],
            Version::Http2 => &[b"h2"],
        };
        config.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

fn base(further: &[CertificateDer<'static>]) -> Result<ClientConfig, String> {
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::warn!(%error, "some CA certificates of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    roots.add_parsable_certificates(further.iter().cloned());
    if roots.is_empty() {
        return Err("TLS needs CA certificates, and this machine has none; \
                    install some, or name a file with --ca-file"
            .to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let fault = |why: String| ClientError::CaFile {
        file: path.display().to_string(),
        why,
    };
    let text = file::read(path, file::CERTIFICATES, file::Kind::FileOrPipe)
        .map_err(|error| fault(error.to_string()))?;
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| fault(format!("its PEM is damaged: {error}")))?;
    if found.is_empty() {
        return Err(fault(
            "it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned(),
        ));
    }
    let mut store = RootCertStore::empty();
    for (index, certificate) in found.iter().enumerate() {
        store.add(certificate.clone()).map_err(|error| {
            fault(format!(
                "certificate {} of it cannot be used: {error}",
                index + 1
            ))
        })?;
    }
    Ok(found)
}
