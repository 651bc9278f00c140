//! `verify`: whether a recorded request is signed as it should be, and if not, why.

use super::args::VerifyCommand;
use super::exit::{Exit, Failure};
use super::keys::Verifier;
use super::{color, json, stdio};
use anyhow::{Context, anyhow, bail};
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::foreign::capped;
use serde_json::json;
use servo_webhooks::file;
use std::io::Write;
use std::path::Path;

/// Bytes of the headers.
const HEADERS: usize = 1 << 20;

/// Bytes of the body: as large as an event may be, and its envelope.
const BODY: usize = 17 << 20;

/// Runs the command.
pub fn run(command: &VerifyCommand) -> Result<Exit, Failure> {
    let verifier = Verifier::new(&command.secret, command.tolerance).map_err(Failure::unusable)?;
    let read = |path: &Path, most| {
        file::read(path, most, file::Kind::FileOrPipe)
            .with_context(|| path.display().to_string())
            .map_err(Failure::unusable)
    };
    let text = String::from_utf8_lossy(&read(&command.headers, HEADERS)?).into_owned();
    let headers = headers(&text)
        .with_context(|| command.headers.display().to_string())
        .map_err(Failure::unusable)?;
    let body = read(&command.body, BODY)?.into();
    let found = verifier.verify(&headers, &body);
    let mut out = stdio::output();
    match (&found, command.json) {
        (Ok(schemes), true) => {
            let record = json!({"verified": true, "schemes": schemes});
            writeln!(out, "{}", json::line(&record)?)?;
        }
        (Err(fault), true) => {
            let record = json!({"verified": false, "fault": capped(&fault.to_string())});
            writeln!(out, "{}", json::line(&record)?)?;
        }
        (Ok(schemes), false) => {
            writeln!(out, "{}: {}", color::good("verified"), schemes.join(", "))?;
        }
        (Err(fault), false) => {
            let fault = capped(&fault.to_string());
            writeln!(out, "{}: {fault}", color::error("not verified"))?;
        }
    }
    Ok(if found.is_ok() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Lines of `Name: value`; a request's first line and what comes after an empty one are
/// passed over.
fn headers(text: &str) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() {
            break;
        }
        let parsed = line.split_once(':').and_then(|(name, value)| {
            let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        match parsed {
            Some((name, value)) => drop(headers.append(name, value)),
            None if number == 1 => {}
            None => bail!("line {number} is no header; write Name: value"),
        }
    }
    if headers.is_empty() {
        return Err(anyhow!(
            "there are no headers in it; write Name: value, one a line"
        ));
    }
    Ok(headers)
}
