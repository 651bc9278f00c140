//! What goes wrong between a request and its answer, in short words without secrets.

use super::egress::Refused;
use super::target::Target;
use std::error::Error;
use std::io;

/// Why a client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The CA file.
    #[error("CA file {file}: {why}")]
    CaFile {
        /// As it was given.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A proxy of the environment.
    #[error("the proxy that {variable} names cannot be used: {why}")]
    Proxy {
        /// The variable's name.
        variable: &'static str,
        /// Why, without its credentials.
        why: &'static str,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The host does not make this request.
    #[error(transparent)]
    Refused(Refused),
    /// Lookup, connect, TLS, reset, malformed HTTP: in short words.
    #[error("{0}")]
    NoAnswer(String),
}

impl SendError {
    /// Finds the cause in a chain of errors.
    pub(super) fn from_chain(error: &(dyn Error + 'static), target: &Target) -> Self {
        let chain = || Chain { next: Some(error) };
        if let Some(refused) = chain().find_map(<dyn Error>::downcast_ref::<Refused>) {
            return Self::Refused(refused.clone());
        }
        let words = chain().find_map(|error| in_words(error, target));
        let words = words.or_else(|| chain().find_map(|error| tunnel_in_words(&error.to_string())));
        Self::NoAnswer(words.unwrap_or_else(|| {
            let last = chain().last().map(ToString::to_string).unwrap_or_default();
            format!("no answer from {target}: {last}")
        }))
    }
}

struct Chain<'a> {
    next: Option<&'a (dyn Error + 'static)>,
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.next?;
        // An io error hides what it wraps from `source`.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        self.next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
        Some(error)
    }
}

fn in_words(error: &(dyn Error + 'static), target: &Target) -> Option<String> {
    if let Some(error) = error.downcast_ref::<Lookup>() {
        return Some(format!(
            "the name {} cannot be looked up: {}",
            target.host(),
            error.0
        ));
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(tls_in_words(error, target));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return http_in_words(error);
    }
    let error = error
        .downcast_ref::<io::Error>()
        .filter(|error| error.get_ref().is_none())?;
    let at = target.origin();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(format!("connection refused by {at}")),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted => {
            Some("the connection was reset before an answer".to_owned())
        }
        io::ErrorKind::UnexpectedEof => {
            Some("the connection was closed before an answer".to_owned())
        }
        io::ErrorKind::TimedOut => Some(format!("no connection to {at} in time")),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Some(format!("{at} cannot be reached"))
        }
        _ => None,
    }
}

fn http_in_words(error: &hyper::Error) -> Option<String> {
    if error.is_parse_too_large() {
        Some("the answer's headers are larger than 16 KiB".to_owned())
    } else if error.is_parse() || error.is_parse_status() {
        Some("the answer is not HTTP".to_owned())
    } else if error.is_incomplete_message() {
        Some("the connection was closed before an answer".to_owned())
    } else {
        None
    }
}

fn tls_in_words(error: &rustls::Error, target: &Target) -> String {
    use rustls::CertificateError as Certificate;
    let host = target.host();
    let why = match error {
        rustls::Error::InvalidCertificate(error) => match error {
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                format!("its certificate is not for {host}")
            }
            Certificate::UnknownIssuer => {
                "its certificate comes from an authority that is not trusted; --ca-file adds one"
                    .to_owned()
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "its certificate is not valid yet".to_owned()
            }
            other => format!("its certificate is refused: {other}"),
        },
        rustls::Error::InvalidMessage(_) => "it does not speak TLS".to_owned(),
        other => other.to_string(),
    };
    format!("no secure connection to {}: {why}", target.origin())
}

/// The words of the tunnel, whose error type is not public.
fn tunnel_in_words(text: &str) -> Option<String> {
    let why = match text {
        "tunnel error: unsuccessful" => "refused to connect",
        "tunnel error: proxy authorization required" => "wants other credentials",
        "tunnel error: unexpected end of file" | "tunnel error: unexpected eof" => {
            "closed the connection"
        }
        _ if text.starts_with("tunnel error") => "cannot connect",
        _ => return None,
    };
    Some(format!("the proxy {why}"))
}

/// A name that cannot be looked up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Lookup(pub io::Error);
