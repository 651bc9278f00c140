//! The events that are sent, and configurations that listen to them.

use serde_json::json;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// What is adjusted.
pub const PARAMETERS: &str =
    r#"{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.5}]}"#;

/// Bytes of a body of the default shape that are not parameters or results: its keys, the
/// name `after:adjust`, the time, and an id that is a UUID.
const ENVELOPE: usize = 144;

/// What a connector made of it, so that a default body has about this many bytes.
pub fn results(size: usize) -> String {
    let mut settings = String::new();
    let mut number = 0;
    loop {
        let setting = format!(
            r#",{{"name":"cpu{number:06}","type":"range","pinned":false,"value":2.5,"unit":"cores","min":0.5,"max":8.0,"step":0.5}}"#
        );
        let fixed = ENVELOPE + PARAMETERS.len() + wrapped("").len();
        if number > 0 && fixed + settings.len() + setting.len() / 2 > size {
            return wrapped(&settings[1..]);
        }
        settings += &setting;
        number += 1;
    }
}

fn wrapped(settings: &str) -> String {
    format!(
        r#"[{{"connector":"kubernetes","value":{{"components":[{{"name":"web","settings":[{settings}]}}],"metrics":[]}}}}]"#
    )
}

/// One line for `run`, without its end; `more` is members such as `"id":"7",`.
pub fn line(event: &str, more: &str, size: usize) -> String {
    let results = match event.strip_prefix("after:") {
        Some(_) => format!(r#","results":{}"#, results(size)),
        None => String::new(),
    };
    format!(r#"{{"event":"{event}",{more}"parameters":{PARAMETERS}{results}}}"#)
}

/// Lines in turn until there are so many.
pub fn write(file: &Path, lines: &[String], count: usize) {
    let mut out = BufWriter::new(File::create(file).unwrap());
    for line in lines.iter().cycle().take(count) {
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
}

/// A configuration: event and URL of each webhook, and further fields of all.
pub fn configuration<'a>(
    webhooks: impl IntoIterator<Item = (&'a str, &'a str)>,
    fields: &str,
) -> String {
    let mut yaml = String::new();
    for (event, url) in webhooks {
        writeln!(
            yaml,
            "- {{events: '{event}', url: '{url}', secret: s3cr3t{fields}}}"
        )
        .unwrap();
    }
    yaml
}

/// Makes events known that are no standard ones: without their sides.
pub fn write_catalogue(file: &Path, names: &[String]) {
    let events: serde_json::Map<_, _> = names
        .iter()
        .map(|name| (name.trim_start_matches("after:").to_owned(), json!({})))
        .collect();
    std::fs::write(file, json!({"events": events}).to_string()).unwrap();
}
