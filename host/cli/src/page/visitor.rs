//! Who looks at the page: whoever brings the token, or on loopback every program and browser of
//! this machine.

use super::trouble::Trouble;
use crate::serve::access::{Access, Refusal, bearer, credentials, site};
use crate::small_server::has_right_host;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use rules::sanitize::seen;

/// Who gave no name.
const NAMELESS: &str = "nameless";

/// Characters of a name that are kept.
const NAME: usize = 64;

/// Who looks at the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// As the log says it: a name that somebody gave, which proves nothing but the token did.
    pub name: String,
    /// How they came in.
    pub way: Way,
}

/// How somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From this machine.
    Local,
    /// By the token as a password.
    Password,
    /// By the token itself.
    Token,
}

/// Why somebody is no visitor.
#[derive(Debug, PartialEq, Eq)]
pub enum Stranger {
    /// Did not say who they are.
    Unknown,
    /// Brought another token, under this name.
    Wrong(String),
    /// Comes from another page, or by another name of this machine.
    Elsewhere(Refusal),
}

impl Visitor {
    /// Whoever sends a request.
    pub fn of(access: &Access, parts: &Parts) -> Result<Self, Stranger> {
        access.admits_own(parts).map_err(Stranger::Elsewhere)?;
        if access.is_local() {
            return Ok(Self::new("local", Way::Local));
        }
        if let Some(token) = bearer(&parts.headers) {
            return match access.is_token(token) {
                true => Ok(Self::new("token", Way::Token)),
                false => Err(Stranger::Wrong("token".to_owned())),
            };
        }
        let basic = credentials(&parts.headers, "basic ").ok_or(Stranger::Unknown)?;
        let decoded = STANDARD.decode(basic).map_err(|_| Stranger::Unknown)?;
        let colon = decoded.iter().position(|byte| *byte == b':');
        let (name, token) = decoded.split_at(colon.ok_or(Stranger::Unknown)?);
        // Who mistakes the one field for the other does not want to see it in the log.
        let name = match access.is_token(name.trim_ascii()) {
            true => NAMELESS.to_owned(),
            false => shortened(&String::from_utf8_lossy(name)),
        };
        match access.is_token(token.get(1..).unwrap_or_default()) {
            true => Ok(Self::new(&name, Way::Password)),
            false => Err(Stranger::Wrong(name)),
        }
    }

    fn new(name: &str, way: Way) -> Self {
        Self {
            name: name.to_owned(),
            way,
        }
    }

    /// What the forms are bound to that are shown to them.
    pub fn identity(&self) -> String {
        format!("{:?} {}", self.way, self.name)
    }
}

fn shortened(name: &str) -> String {
    let name: String = name.trim().chars().take(NAME).map(seen).collect();
    match name.is_empty() {
        true => NAMELESS.to_owned(),
        false => name,
    }
}

/// Whether a request has the one valid host that it must have.
pub fn has_host(parts: &Parts) -> Result<(), Trouble> {
    if has_right_host(parts) {
        return Ok(());
    }
    let detail = "A request needs exactly one valid Host header.";
    Err(Trouble::unfit(detail))
}

/// Whether a form was sent by a page of this program, as far as the browser says: beside the
/// token in the form, which says it by itself.
pub fn is_own_form(parts: &Parts) -> Result<(), Trouble> {
    if site(&parts.headers).is_some_and(|site| site != b"same-origin") {
        let detail =
            "This form was sent from another site. Open the page by its own address and try again.";
        return Err(Trouble::forbidden(detail));
    }
    let Some(origin) = parts.headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let (_, from) = origin.split_once("://").unwrap_or_default();
    let host = parts.headers.get(HOST).map(HeaderValue::as_bytes);
    if !from.is_empty() && host == Some(from.as_bytes()) {
        return Ok(());
    }
    let detail = "The Origin of this form is not the Host that it was sent to. A reverse proxy has to pass the Host header on.";
    Err(Trouble::forbidden(detail))
}

/// What to say to whoever is no visitor.
pub fn refused(stranger: &Stranger) -> Trouble {
    match stranger {
        Stranger::Unknown => Trouble::unknown(
            "Any user name, and the token of `serve` as the password. The log names the user beside each action. Programs send Authorization: Bearer TOKEN.",
        ),
        Stranger::Wrong(_) => Trouble::unknown("That is not the token of `serve`."),
        Stranger::Elsewhere(Refusal::Host) => Trouble::forbidden(
            "Without a token, Host must be localhost or a loopback address. Set a token to allow other names.",
        ),
        Stranger::Elsewhere(_) => Trouble::forbidden(
            "Without a token, links and forms of other pages are refused. Type or paste the address instead.",
        ),
    }
}
