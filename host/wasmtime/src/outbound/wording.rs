//! Errors of the libraries below in short words, without secrets.

use super::error::{NoAnswer, NoAnswerKind};
use super::target::Target;
use crate::option_names::OptionNames;
use std::error::Error;
use std::io;
use std::net::SocketAddr;

/// What hyper says of a server that speaks first; it has no other mark.
const UNASKED: &str = "received unexpected message from connection";

const NO_HTTP2: &str = "malformed HTTP answer: no HTTP/2";

const CLOSED: &str = "the connection was closed before an answer";

impl NoAnswer {
    /// Finds the cause in the chain below what hyper says.
    pub(super) fn from_hyper(error: &hyper::Error, malformed: bool, target: &Target) -> Self {
        if malformed {
            return Self::new(NoAnswerKind::Http, NO_HTTP2);
        }
        let chain = || Chain { next: Some(error) };
        if let Some(error) = chain().find_map(<dyn Error>::downcast_ref::<rustls::Error>) {
            let why = format!("TLS handshake failed: {}", tls_in_words(error, target));
            return Self::new(tls_lack(error), why);
        }
        let (lack, why) = chain().find_map(in_words).unwrap_or_else(|| {
            let cause = chain().last().map(ToString::to_string).unwrap_or_default();
            (NoAnswerKind::Other, format!("no answer: {cause}"))
        });
        Self::new(lack, why)
    }
}

struct Chain<'a> {
    next: Option<&'a (dyn Error + 'static)>,
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.next?;
        // What an io error wraps is not its source: the source is one further.
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

/// The words for what hyper says, also used for a proxy's answer to CONNECT.
pub(super) fn hyper_in_words(error: &hyper::Error) -> String {
    Chain { next: Some(error) }
        .find_map(in_words)
        .map_or_else(|| error.to_string(), |(_, why)| why)
}

fn in_words(error: &(dyn Error + 'static)) -> Option<(NoAnswerKind, String)> {
    let (lack, why) = if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_parse_too_large() {
            (
                NoAnswerKind::Http,
                "answer headers over 16 KiB, or more than 100",
            )
        } else if error.is_parse() || error.is_parse_status() {
            (NoAnswerKind::Http, "malformed HTTP answer")
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            (NoAnswerKind::Connection, CLOSED)
        } else if error.to_string() == UNASKED {
            let why = "malformed HTTP answer: it came before the request";
            (NoAnswerKind::Http, why)
        } else {
            return http2_in_words(&error.source()?.to_string());
        }
    } else {
        let error = error
            .downcast_ref::<io::Error>()
            .filter(|error| error.get_ref().is_none())?;
        let why = match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => "the connection was reset before an answer",
            io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected => CLOSED,
            io::ErrorKind::TimedOut => "the connection was lost before an answer",
            _ => return None,
        };
        (NoAnswerKind::Connection, why)
    };
    Some((lack, why.to_owned()))
}

/// The words for what h2 says: `detected` is what it found wrong itself, `received`
/// what the server sent. Its errors have no kind for headers that are too large.
fn http2_in_words(text: &str) -> Option<(NoAnswerKind, String)> {
    if text.starts_with("stream error detected: unspecific protocol error") {
        let why = "answer headers over 16 KiB, or malformed HTTP answer";
        Some((NoAnswerKind::Http, why.to_owned()))
    } else if text.contains(" error detected: ") {
        Some((NoAnswerKind::Http, NO_HTTP2.to_owned()))
    } else if text.ends_with("broken pipe") {
        Some((NoAnswerKind::Connection, CLOSED.to_owned()))
    } else if text.contains(" error received: ") {
        let why = format!("the server gave the request up: {text}");
        Some((NoAnswerKind::Connection, why))
    } else {
        None
    }
}

/// What webpki says of a certificate that openssl signs with itself by default.
const CA_AS_SERVER: &str = "CaUsedAsEndEntity";

fn tls_in_words(error: &rustls::Error, target: &Target) -> String {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                format!("certificate not valid for name \"{}\"", target.host())
            }
            Certificate::UnknownIssuer => {
                format!(
                    "certificate of an unknown issuer; {} adds a CA to trust",
                    OptionNames::get().ca_file
                )
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "certificate expired".to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "certificate not valid yet".to_owned()
            }
            Certificate::BadSignature => "certificate with a wrong signature".to_owned(),
            Certificate::Other(error) if error.0.to_string() == CA_AS_SERVER => {
                format!(
                    "the server presents a CA certificate as its own; issue a server certificate with it (basicConstraints CA:FALSE), and pass the CA with {}",
                    OptionNames::get().ca_file
                )
            }
            Certificate::Other(error) => format!("certificate not accepted: {}", error.0),
            other => format!("certificate not accepted: {other}"),
        },
        rustls::Error::InvalidMessage(_) => "the other side does not speak TLS".to_owned(),
        rustls::Error::NoApplicationProtocol
        | rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol) => {
            "the server does not offer the HTTP version asked for (http_version)".to_owned()
        }
        other => other.to_string(),
    }
}

/// Why TLS could not be begun.
pub(super) fn tls_failure(error: &io::Error, target: &Target) -> (NoAnswerKind, String) {
    let said = Chain { next: Some(error) }.find_map(<dyn Error>::downcast_ref);
    match said {
        Some(error) => (tls_lack(error), tls_in_words(error, target)),
        None => (NoAnswerKind::Tls, "the connection was closed".to_owned()),
    }
}

fn tls_lack(error: &rustls::Error) -> NoAnswerKind {
    match error {
        rustls::Error::InvalidCertificate(_) => NoAnswerKind::Certificate,
        _ => NoAnswerKind::Tls,
    }
}

pub(super) fn tcp_in_words(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("connection refused by {address}"),
        io::ErrorKind::ConnectionReset => format!("connection reset by {address}"),
        io::ErrorKind::TimedOut => format!("no connection to {address} in time"),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            format!("{address} cannot be reached from this machine")
        }
        _ => format!("no connection to {address}: {error}"),
    }
}
