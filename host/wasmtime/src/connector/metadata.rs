//! What a component says of itself, for people: nothing here is decided by it.

use wasmparser::{Parser, Payload};

/// A line of a terminal or two.
const LONGEST: usize = 256;

/// Claims of a component about itself, in its custom sections; whoever made it could
/// write anything. What is left out, not UTF-8, longer than 256 bytes or has control
/// characters is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Of the component.
    pub version: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// An SPDX expression.
    pub licenses: Option<String>,
    /// Where the source is to be had.
    pub source: Option<String>,
    /// The version of the Rust compiler that built it: with the same, the same source
    /// gives the same bytes.
    pub rustc: Option<String>,
}

impl Metadata {
    /// Reads a component as far as it can be read.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) => depth -= 1,
                Ok(Payload::CustomSection(section)) => match (section.name(), depth) {
                    ("version", 0) => found.version = text(section.data()),
                    ("description", 0) => found.description = text(section.data()),
                    ("licenses", 0) => found.licenses = text(section.data()),
                    ("source", 0) => found.source = text(section.data()),
                    ("producers", 0) => found.rustc = rustc(&section),
                    _ => {}
                },
                Ok(_) => {}
                Err(_) => break,
            }
        }
        found
    }
}

fn text(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data).ok()?;
    let fits = text.len() <= LONGEST && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

fn rustc(section: &wasmparser::CustomSectionReader<'_>) -> Option<String> {
    let wasmparser::KnownCustom::Producers(fields) = section.as_known() else {
        return None;
    };
    let values = fields.into_iter().flatten().map(|field| field.values);
    let mut values = values.flat_map(|values| values.into_iter().flatten());
    let compiler = values.find(|value| value.name == "rustc")?;
    text(compiler.version.as_bytes())
}
