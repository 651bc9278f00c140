//! TLS by rustls, from 1.2 on: the system's roots, and those of a file.

use super::connect_error::ConnectError;
use super::scarcity::Scarcity;
use super::setup_error::ClientError;
use super::version::Version;
use crate::file;
use crate::option_names::OptionNames;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Whom to trust. Reading the system's roots takes milliseconds: only the first request
/// over TLS waits for it.
pub(super) struct Trust {
    further: Vec<CertificateDer<'static>>,
    base: OnceLock<ClientConfig>,
}

impl Trust {
    /// The system's roots, and the certificates of a PEM file and of bytes.
    ///
    /// # Errors
    /// If the file cannot be read, or one of the two holds no usable certificate.
    pub(super) fn new(ca_file: Option<&Path>, bytes: &[u8]) -> Result<Self, ClientError> {
        let mut further = ca_file.map(read).transpose()?.unwrap_or_default();
        if !bytes.is_empty() {
            further.extend(certificates(bytes).map_err(ClientError::Certificates)?);
        }
        Ok(Self {
            further,
            base: OnceLock::new(),
        })
    }

    /// TLS that offers the protocols of a version (ALPN, RFC 7301).
    ///
    /// # Errors
    /// If nobody can be trusted.
    pub(super) fn config(&self, version: Version) -> Result<Arc<ClientConfig>, ConnectError> {
        let mut config = match self.base.get() {
            Some(config) => config.clone(),
            // What failed is tried again: it may have been for want of a descriptor.
            None => {
                let config = base(&self.further)?;
                self.base.get_or_init(|| config).clone()
            }
        };
        let offered: &[&[u8]] = match version {
            Version::Auto => &[b"h2", b"http/1.1"],
            Version::Http1 => &[b"http/1.1"],
            Version::Http2 => &[b"h2"],
        };
        config.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

fn base(further: &[CertificateDer<'static>]) -> Result<ClientConfig, ConnectError> {
    let fault = |why: String, scarcity| ConnectError::Trust { why, scarcity };
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        if let Some(scarcity) = Scarcity::in_chain(error) {
            let why = "the CA certificates of the system cannot be read".to_owned();
            return Err(fault(why, Some(scarcity)));
        }
        tracing::warn!(%error, "some CA certificates of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    roots.add_parsable_certificates(further.iter().cloned());
    if roots.is_empty() {
        let why = format!(
            "it needs CA certificates, and this machine has none; \
             install some, or name a file with {}",
            OptionNames::get().ca_file
        );
        return Err(fault(why, None));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string(), None))?
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
    certificates(&text).map_err(fault)
}

/// The certificates of a text in PEM.
///
/// # Errors
/// What is wrong with it.
fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| format!("its PEM is damaged: {error}"))?;
    if found.is_empty() {
        return Err("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)".to_owned());
    }
    let mut store = RootCertStore::empty();
    for (index, certificate) in found.iter().enumerate() {
        store
            .add(certificate.clone())
            .map_err(|error| format!("certificate {} of it cannot be used: {error}", index + 1))?;
    }
    Ok(found)
}
