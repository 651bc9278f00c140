//! Composes the tree of a JSON text: what a configuration is written in where the crate is built
//! without its feature `yaml`. What it makes of a text is what the other makes of it, as JSON is
//! YAML.

use zeroize::Zeroizing;

use super::{
    node::{Kind, MAX_DEPTH, MAX_NODES, Node, NodeId, ScalarStyle, Tree, too_deep},
    source::{Span, small},
};

/// What stops the reading, and where.
pub(super) type Failure = (Span, String);

/// Reads the one value of a text.
pub(super) fn compose(text: &str) -> Result<Tree, Failure> {
    let mut composer = Composer {
        text,
        at: 0,
        line: 1,
        line_start: 0,
        depth: 0,
        tree: Tree::default(),
    };
    composer.blank();
    if composer.next().is_none() {
        return Ok(composer.tree);
    }
    let root = composer.value()?;
    composer.tree.root = Some(root);
    composer.blank();
    match composer.next() {
        None => Ok(composer.tree),
        Some(_) => Err(composer.wrong("the end of the file")),
    }
}

struct Composer<'a> {
    text: &'a str,
    /// Bytes.
    at: usize,
    /// From 1.
    line: usize,
    /// Bytes.
    line_start: usize,
    depth: usize,
    tree: Tree,
}

impl<'a> Composer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    /// Goes over white space.
    fn blank(&mut self) {
        while let Some(byte) = self.next()
            && b" \t\r\n".contains(&byte)
        {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
    }

    /// From here to so many bytes further.
    fn span(&self, length: usize) -> Span {
        let before = self.text.get(self.line_start..self.at).unwrap_or_default();
        Span {
            start: small(self.at),
            end: small(self.at + length),
            line: small(self.line),
            column: small(before.chars().count() + 1),
        }
    }

    fn wrong(&self, expected: &str) -> Failure {
        let message = format!("this is not valid JSON: expected {expected}");
        (self.span(0), message)
    }

    fn push(&mut self, kind: Kind, span: Span) -> Result<NodeId, Failure> {
        let id = small(self.tree.nodes.len());
        if u64::from(id) >= MAX_NODES {
            let message = format!("this document is too large: more than {MAX_NODES} values");
            return Err((span, message));
        }
        self.tree.nodes.push(Node {
            flow: matches!(kind, Kind::Sequence(_) | Kind::Mapping(_)),
            kind,
            span,
            tag: None,
            absent: false,
        });
        Ok(id)
    }

    fn value(&mut self) -> Result<NodeId, Failure> {
        match self.next() {
            Some(b'[') => self.collection(b']'),
            Some(b'{') => self.collection(b'}'),
            Some(b'"') => self.string(),
            _ => self.word(),
        }
    }

    fn collection(&mut self, end: u8) -> Result<NodeId, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err((self.span(1), too_deep()));
        }
        let is_mapping = end == b'}';
        let empty = if is_mapping {
            Kind::Mapping(Vec::new())
        } else {
            Kind::Sequence(Vec::new())
        };
        let id = self.push(empty, self.span(1))?;
        self.depth += 1;
        self.at += 1;
        self.blank();
        let mut is_first = true;
        while self.next() != Some(end) {
            if !is_first {
                self.pass(b',', "a comma, or the end of the list or object")?;
            }
            is_first = false;
            let key = if is_mapping { Some(self.key()?) } else { None };
            let value = self.value()?;
            let node = self.tree.nodes.get_mut(id as usize);
            match (node.map(|node| &mut node.kind), key) {
                (Some(Kind::Mapping(entries)), Some(key)) => entries.push((key, value)),
                (Some(Kind::Sequence(items)), _) => items.push(value),
                _ => {}
            }
            self.blank();
        }
        self.at += 1;
        self.depth -= 1;
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            node.span.end = small(self.at);
        }
        Ok(id)
    }

    fn key(&mut self) -> Result<NodeId, Failure> {
        if self.next() != Some(b'"') {
            return Err(self.wrong("a key in double quotes"));
        }
        let key = self.string()?;
        self.blank();
        self.pass(b':', "a colon")?;
        Ok(key)
    }

    /// Goes over a mark and the white space behind it.
    fn pass(&mut self, mark: u8, name: &str) -> Result<(), Failure> {
        if self.next() != Some(mark) {
            return Err(self.wrong(name));
        }
        self.at += 1;
        self.blank();
        Ok(())
    }

    fn string(&mut self) -> Result<NodeId, Failure> {
        let mut escaped = false;
        let length = self.rest().bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let Some(length) = length.map(|inside| inside + 2) else {
            return Err(self.wrong("a text that ends in a double quote"));
        };
        let written = self.rest().get(..length).unwrap_or_default();
        let Ok(text) = serde_json::from_str(written) else {
            return Err(self.wrong("a text without control characters and unknown escapes"));
        };
        let scalar = Kind::Scalar {
            text: Zeroizing::new(text),
            style: ScalarStyle::DoubleQuoted,
        };
        let id = self.push(scalar, self.span(length))?;
        self.at += length;
        Ok(id)
    }

    /// A number, or one of the three words of JSON.
    fn word(&mut self) -> Result<NodeId, Failure> {
        let rest = self.rest();
        let is_in = |char: char| char.is_ascii_alphanumeric() || "+-.".contains(char);
        let length = rest.find(|char| !is_in(char)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if serde_json::from_str::<serde::de::IgnoredAny>(word).is_err() {
            return Err(self.wrong("a value"));
        }
        let scalar = Kind::Scalar {
            text: Zeroizing::new(word.to_owned()),
            style: ScalarStyle::Plain,
        };
        let id = self.push(scalar, self.span(length))?;
        self.at += length;
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
