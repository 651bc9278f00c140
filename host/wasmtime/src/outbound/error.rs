//! What goes wrong between a request and its answer, in short words without secrets.

use super::egress::Refused;
use super::scarcity::Scarcity;
use super::target::Target;
use crate::event::time;
use http::StatusCode;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// What hyper says of a server that speaks first; it has no other mark.
const UNASKED: &str = "received unexpected message from connection";

const NO_HTTP2: &str = "malformed HTTP answer: no HTTP/2";

const CLOSED: &str = "the connection was closed before an answer";

/// Why a client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The CA file.
    #[error("the CA file {file} cannot be used: {why}")]
    CaFile {
        /// As it was given.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A proxy of the environment.
    #[error("the environment variable {variable} cannot be used: {why}")]
    Proxy {
        /// The variable's name.
        variable: &'static str,
        /// Why, without its address and credentials.
        why: String,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The host does not make this request.
    #[error(transparent)]
    Refused(Refused),
    /// Lookup, connect, TLS, reset, malformed HTTP.
    #[error("{0}")]
    NoAnswer(NoAnswer),
    /// None came within the limit.
    #[error("no answer within {}", time::display(*.0))]
    Late(Duration),
    /// This machine lacks something, and did so until the limit.
    #[error("not sent: {0}")]
    Lacking(Scarcity),
}

/// What went wrong, in words for people, which name hosts and addresses, never a path, a
/// query or a header.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct NoAnswer {
    lack: Lack,
    why: String,
}

/// What there was none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lack {
    /// An address for the name.
    Address,
    /// Somebody who listens there.
    Listener,
    /// A way to it, or through the proxy.
    Way,
    /// A connection in time.
    Time,
    /// A certificate to trust.
    Certificate,
    /// TLS otherwise.
    Tls,
    /// An answer before the connection ended.
    Connection,
    /// HTTP in what came.
    Http,
    /// Something else.
    Other,
}

impl NoAnswer {
    pub(super) fn new(lack: Lack, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { lack, why }
    }

    /// The kind of it.
    #[must_use]
    pub fn lack(&self) -> Lack {
        self.lack
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("name lookup failed for \"{host}\": {error}")]
    Lookup { host: String, error: io::Error },
    #[error("{}", tcp_in_words(*address, error))]
    Tcp {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("no connection in time")]
    Late,
    #[error(
        "name lookup failed for \"{host}\": {error}; a name that only the proxy can look up must be allowed: --allow {host}"
    )]
    LookupForProxy { host: String, error: io::Error },
    #[error("TLS cannot be begun: {why}")]
    Trust {
        why: String,
        scarcity: Option<Scarcity>,
    },
    #[error("TLS handshake failed: {why}")]
    Tls {
        lack: Lack,
        why: String,
        scarcity: Option<Scarcity>,
    },
    #[error(
        "the server does not offer HTTP/2 (it agreed to nothing by ALPN); write http_version: auto or 1.1"
    )]
    WithoutAlpn,
    #[error("{}", hyper_in_words(.0))]
    Handshake(hyper::Error),
    #[error("the proxy {proxy} cannot be used: {why}")]
    Proxy {
        proxy: String,
        why: Box<ConnectError>,
    },
    #[error("the proxy {proxy} answered {} to CONNECT", status.as_u16())]
    Tunnel { proxy: String, status: StatusCode },
    #[error("the proxy {proxy} gave no usable answer to CONNECT: {why}")]
    TunnelBroken { proxy: String, why: String },
}

impl From<ConnectError> for NoAnswer {
    fn from(error: ConnectError) -> Self {
        Self::new(error.lack(), error.to_string())
    }
}

impl ConnectError {
    fn lack(&self) -> Lack {
        match self {
            Self::Lookup { .. } | Self::LookupForProxy { .. } => Lack::Address,
            Self::Tcp { error, .. } => match error.kind() {
                io::ErrorKind::ConnectionRefused => Lack::Listener,
                io::ErrorKind::TimedOut => Lack::Time,
                _ => Lack::Way,
            },
            Self::Late => Lack::Time,
            Self::Tls { lack, .. } => *lack,
            Self::Trust { .. } | Self::WithoutAlpn => Lack::Tls,
            Self::Handshake(_) => Lack::Connection,
            _ => Lack::Way,
        }
    }

    /// What this machine lacks, if that is why.
    pub(super) fn scarcity(&self) -> Option<Scarcity> {
        match self {
            Self::Tcp { address, error } => Scarcity::of_connecting(*address, error),
            Self::Lookup { error, .. } | Self::LookupForProxy { error, .. } => {
                // It runs in a thread of its own.
                if error.kind() == io::ErrorKind::WouldBlock {
                    return Some(Scarcity::Threads);
                }
                Scarcity::of(error).or_else(Scarcity::behind)
            }
            Self::Proxy { why, .. } => why.scarcity(),
            Self::Tls { scarcity, .. } | Self::Trust { scarcity, .. } => *scarcity,
            Self::Handshake(error) => Scarcity::in_chain(error),
            _ => None,
        }
    }

    /// Why TLS could not be begun.
    pub(super) fn tls(error: &io::Error, target: &Target) -> Self {
        let said = Chain { next: Some(error) }.find_map(<dyn Error>::downcast_ref);
        let (lack, why) = match said {
            Some(error) => (tls_lack(error), tls_in_words(error, target)),
            None => (Lack::Tls, "the connection was closed".to_owned()),
        };
        let scarcity = Scarcity::of(error);
        Self::Tls {
            lack,
            why,
            scarcity,
        }
    }
}

fn tls_lack(error: &rustls::Error) -> Lack {
    match error {
        rustls::Error::InvalidCertificate(_) => Lack::Certificate,
        _ => Lack::Tls,
    }
}

impl NoAnswer {
    /// Finds the cause in the chain below what hyper says.
    pub(super) fn from_hyper(error: &hyper::Error, malformed: bool, target: &Target) -> Self {
        if malformed {
            return Self::new(Lack::Http, NO_HTTP2);
        }
        let chain = || Chain { next: Some(error) };
        if let Some(error) = chain().find_map(<dyn Error>::downcast_ref::<rustls::Error>) {
            let why = format!("TLS handshake failed: {}", tls_in_words(error, target));
            return Self::new(tls_lack(error), why);
        }
        let (lack, why) = chain().find_map(in_words).unwrap_or_else(|| {
            let cause = chain().last().map(ToString::to_string).unwrap_or_default();
            (Lack::Other, format!("no answer: {cause}"))
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

fn in_words(error: &(dyn Error + 'static)) -> Option<(Lack, String)> {
    let (lack, why) = if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_parse_too_large() {
            (Lack::Http, "answer headers over 16 KiB, or more than 100")
        } else if error.is_parse() || error.is_parse_status() {
            (Lack::Http, "malformed HTTP answer")
        } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
            (Lack::Connection, CLOSED)
        } else if error.to_string() == UNASKED {
            let why = "malformed HTTP answer: it came before the request";
            (Lack::Http, why)
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
        (Lack::Connection, why)
    };
    Some((lack, why.to_owned()))
}

/// The words for what h2 says: `detected` is what it found wrong itself, `received`
/// what the server sent. Its errors have no kind for headers that are too large.
fn http2_in_words(text: &str) -> Option<(Lack, String)> {
    if text.starts_with("stream error detected: unspecific protocol error") {
        let why = "answer headers over 16 KiB, or malformed HTTP answer";
        Some((Lack::Http, why.to_owned()))
    } else if text.contains(" error detected: ") {
        Some((Lack::Http, NO_HTTP2.to_owned()))
    } else if text.ends_with("broken pipe") {
        Some((Lack::Connection, CLOSED.to_owned()))
    } else if text.contains(" error received: ") {
        let why = format!("the server gave the request up: {text}");
        Some((Lack::Connection, why))
    } else {
        None
    }
}

fn tcp_in_words(address: SocketAddr, error: &io::Error) -> String {
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
                "certificate of an unknown issuer; --ca-file adds a CA to trust".to_owned()
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "certificate expired".to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "certificate not valid yet".to_owned()
            }
            Certificate::BadSignature => "certificate with a wrong signature".to_owned(),
            Certificate::Other(error) if error.0.to_string() == CA_AS_SERVER => {
                "the server presents a CA certificate as its own; issue a server certificate with it (basicConstraints CA:FALSE), and pass the CA with --ca-file".to_owned()
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
