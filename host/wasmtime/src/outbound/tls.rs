//! TLS by rustls: the system's roots, and those of a file.

use super::error::ClientError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// The certificates of a PEM file.
///
/// # Errors
/// If it cannot be read, or holds none.
pub fn read_ca_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let fault = |why: String| ClientError::CaFile {
        file: file.display().to_string(),
        why,
    };
    let text = std::fs::read(file).map_err(|error| fault(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|error| fault(format!("it is not PEM: {error:?}")))?;
    if certificates.is_empty() {
        return Err(fault("it holds no certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store
            .add(certificate.clone())
            .map_err(|error| fault(format!("it holds no usable certificate: {error}")))?;
    }
    Ok(certificates)
}

/// TLS with the system's roots and further ones. Reading the system's takes
/// milliseconds: only who needs TLS waits for it.
///
/// # Errors
/// If there is no root at all.
pub fn configuration(further: &[CertificateDer<'static>]) -> Result<ClientConfig, String> {
    let system = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    roots.add_parsable_certificates(further.iter().cloned());
    if roots.is_empty() {
        return Err("no CA certificates are installed on this machine; install some, or name a file with --ca-file".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let configuration = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(configuration)
}
