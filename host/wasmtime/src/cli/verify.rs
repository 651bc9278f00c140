//! `verify`: whether a recorded request is signed as it should be, and if not, why.

use super::args::VerifyCommand;
use super::color;
use super::exit::{Exit, Failure};
use super::keys::Verifier;
use anyhow::{Context, anyhow, bail};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use std::io::Write;

/// Runs the command.
pub fn run(command: &VerifyCommand) -> Result<Exit, Failure> {
    let verifier = Verifier::new(&command.secret, command.tolerance).map_err(Failure::unusable)?;
    let read = |path: &std::path::Path| {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string());
        bytes.map_err(Failure::unusable)
    };
    let text = String::from_utf8_lossy(&read(&command.headers)?).into_owned();
    let headers = headers(&text)
        .with_context(|| command.headers.display().to_string())
        .map_err(Failure::unusable)?;
    let body = read(&command.body)?.into();
    let found = verifier.verify(&headers, &body);
    let mut out = anstream::stdout();
    match (&found, command.json) {
        (Ok(schemes), true) => writeln!(out, "{}", json!({"verified": true, "schemes": schemes}))?,
        (Err(fault), true) => {
            writeln!(
                out,
                "{}",
                json!({"verified": false, "fault": fault.to_string()})
            )?;
        }
        (Ok(schemes), false) => {
            writeln!(out, "{}: {}", color::good("verified"), schemes.join(", "))?;
        }
        (Err(fault), false) => writeln!(out, "{}: {fault}", color::error("not verified"))?,
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
