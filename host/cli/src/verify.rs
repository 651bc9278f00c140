//! `verify`: whether a recorded request is signed as it should be, and if not, why.

use super::args::VerifyCommand;
use super::exit::{Exit, Failure};
use super::keys::{Reference, Verifier};
use super::{color, input, json, stdio};
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::sanitize::sanitize;
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
    let mut exit = Exit::Done;
    if command.requests.is_empty() {
        let (headers, body) = in_parts(command).map_err(Failure::unusable)?;
        exit = tell(command, None, &verifier.verify(&headers, &body))?;
    }
    for path in &command.requests {
        let (headers, body) = whole(path)
            .with_context(|| input::label(path))
            .map_err(Failure::unusable)?;
        if tell(command, Some(path), &verifier.verify(&headers, &body))? == Exit::Failed {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

/// Prints what was found of a request; of several, with the file.
fn tell(
    command: &VerifyCommand,
    file: Option<&Path>,
    found: &Result<Vec<&'static str>, String>,
) -> Result<Exit, Failure> {
    let mut out = stdio::output();
    if command.json {
        let mut record = match found {
            Ok(schemes) => json!({"verified": true, "schemes": schemes}),
            Err(fault) => json!({"verified": false, "fault": sanitize(fault)}),
        };
        if let Some(file) = file {
            record["file"] = json!(input::label(file));
        }
        writeln!(out, "{}", json::line(&record)?)?;
    } else {
        let several = file.filter(|_| command.requests.len() > 1);
        let place = several.map(|file| format!("{}: ", sanitize(&input::label(file))));
        let place = place.unwrap_or_default();
        match found {
            Ok(schemes) => {
                let schemes = schemes.join(", ");
                writeln!(out, "{place}{}: {schemes}", color::good("verified"))?;
            }
            Err(fault) => {
                let fault = sanitize(fault);
                writeln!(out, "{place}{}: {fault}", color::error("not verified"))?;
            }
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
    let parts = [&command.headers, &command.body];
    let files = command.requests.iter().chain(parts.into_iter().flatten());
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

/// A request in one file.
fn whole(path: &Path) -> anyhow::Result<(HeaderMap, Bytes)> {
    let whole = Bytes::from(input::read(path, HEADERS + BODY)?);
    let (head, body) = parts(&whole).ok_or_else(|| {
        anyhow!("no empty line ends the headers; write them, an empty line, and the body")
    })?;
    Ok((headers(&String::from_utf8_lossy(&head))?, body))
}

/// A request in two files.
fn in_parts(command: &VerifyCommand) -> anyhow::Result<(HeaderMap, Bytes)> {
    let (Some(head), Some(body)) = (&command.headers, &command.body) else {
        // The arguments require them.
        bail!("pass a request, or --headers and --body");
    };
    let read = |path: &Path, most| input::read(path, most).with_context(|| input::label(path));
    let text = read(head, HEADERS)?;
    let headers = headers(&String::from_utf8_lossy(&text)).with_context(|| input::label(head))?;
    Ok((headers, Bytes::from(read(body, BODY)?)))
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
