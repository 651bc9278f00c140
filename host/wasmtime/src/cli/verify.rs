//! `verify`: whether a recorded request is signed as it should be, and if not, why.

use super::args::VerifyCommand;
use super::exit::{Exit, Failure};
use super::keys::{Reference, Verifier};
use super::{color, input, json, stdio};
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::foreign::capped;
use serde_json::json;
use std::io::Write;
use std::path::Path;

/// Bytes of the headers.
const HEADERS: usize = 1 << 20;

/// Bytes of the body: as large as an event may be, and its envelope.
const BODY: usize = 17 << 20;

/// Runs the command.
pub fn run(command: &VerifyCommand) -> Result<Exit, Failure> {
    check_standard_input(command).map_err(Failure::unusable)?;
    let verifier = Verifier::new(&command.secret, command.tolerance).map_err(Failure::unusable)?;
    let (headers, body) = request(command).map_err(Failure::unusable)?;
    let found = verifier.verify(&headers, &body);
    let mut out = stdio::output();
    match (&found, command.json) {
        (Ok(schemes), true) => {
            let record = json!({"verified": true, "schemes": schemes});
            writeln!(out, "{}", json::line(&record)?)?;
        }
        (Err(fault), true) => {
            let record = json!({"verified": false, "fault": capped(fault)});
            writeln!(out, "{}", json::line(&record)?)?;
        }
        (Ok(schemes), false) => {
            writeln!(out, "{}: {}", color::good("verified"), schemes.join(", "))?;
        }
        (Err(fault), false) => {
            let fault = capped(fault);
            writeln!(out, "{}: {fault}", color::error("not verified"))?;
        }
    }
    Ok(if found.is_ok() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Standard input can be read once.
fn check_standard_input(command: &VerifyCommand) -> anyhow::Result<()> {
    let files = [&command.request, &command.headers, &command.body];
    let files = files.into_iter().flatten();
    let secrets = command.secret.iter();
    let readers = files.filter(|file| input::is_standard(file)).count()
        + secrets
            .filter(|one| Reference::is_standard_input(one))
            .count();
    if readers > 1 {
        bail!("only one argument can be read from standard input (`-`)");
    }
    Ok(())
}

fn request(command: &VerifyCommand) -> anyhow::Result<(HeaderMap, Bytes)> {
    let read = |path: &Path, most| {
        let bytes = input::read(path, most).with_context(|| input::label(path));
        bytes.map(Bytes::from)
    };
    match (&command.request, &command.headers, &command.body) {
        (Some(path), ..) => {
            let whole = read(path, HEADERS + BODY)?;
            let (head, body) = parts(&whole)
                .ok_or_else(|| {
                    anyhow!(
                        "no empty line ends the headers; write them, an empty line, and the body"
                    )
                })
                .with_context(|| input::label(path))?;
            let headers = headers(&String::from_utf8_lossy(&head));
            Ok((headers.with_context(|| input::label(path))?, body))
        }
        (None, Some(head), Some(body)) => {
            let text = read(head, HEADERS)?;
            let headers = headers(&String::from_utf8_lossy(&text));
            Ok((
                headers.with_context(|| input::label(head))?,
                read(body, BODY)?,
            ))
        }
        // The arguments require them.
        _ => bail!("pass a request, or --headers and --body"),
    }
}

/// Head and body of a request: there is an empty line between them.
fn parts(whole: &Bytes) -> Option<(Bytes, Bytes)> {
    let ends = |blank: &'static [u8]| {
        let at = whole
            .windows(blank.len())
            .position(|bytes| bytes == blank)?;
        Some((at, at + blank.len()))
    };
    let (end, start) = [ends(b"\r\n\r\n"), ends(b"\n\n")]
        .into_iter()
        .flatten()
        .min()?;
    Some((whole.slice(..end), whole.slice(start..)))
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
            None => bail!("line {number} is not a header; write Name: value"),
        }
    }
    if headers.is_empty() {
        return Err(anyhow!("no headers; write Name: value, one per line"));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_empty_line_ends_the_headers() {
        for (whole, head, body) in [
            ("A: b\r\n\r\n{}\n\n", "A: b", "{}\n\n"),
            ("A: b\n\n{}\r\n\r\n", "A: b", "{}\r\n\r\n"),
            ("A: b\n\n", "A: b", ""),
        ] {
            let found = parts(&Bytes::from(whole)).unwrap();
            assert_eq!(found, (Bytes::from(head), Bytes::from(body)));
        }
        assert!(parts(&Bytes::from("A: b\n")).is_none());
    }
}
