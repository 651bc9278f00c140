//! What a source names of its crate: by `use`, and by paths in between.

use super::tokens::{Token, tokens};

/// A path, as it is written.
pub type Path = Vec<String>;

/// A name that a `use` gives to a path.
#[derive(Clone, Debug)]
pub struct Use {
    pub path: Path,
    /// `*` for all that is there.
    pub name: String,
    /// It is there for others.
    pub is_public: bool,
}

/// What a source says of others.
#[derive(Debug, Default)]
pub struct Source {
    pub uses: Vec<Use>,
    /// Paths in code.
    pub paths: Vec<Path>,
}

impl Source {
    /// Reads a source, its tests left out.
    pub fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some(end) = tests(&tokens, at) {
                at = end;
            } else if token == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
                let is_public = is_public(&tokens, at);
                at = tree(&tokens, at + 1, &[], is_public, &mut source.uses);
            } else {
                at = path(&tokens, at, &mut source.paths);
            }
        }
        source
    }
}

fn is(tokens: &[Token], at: usize, expected: &str) -> bool {
    tokens.get(at).is_some_and(|token| token == expected)
}

/// The end of what is there for tests alone, if that begins here.
fn tests(tokens: &[Token], at: usize) -> Option<usize> {
    let attributes = [
        &["#", "[", "cfg", "(", "test", ")", "]"][..],
        &["#", "[", "cfg", "(", "all", "(", "test", ","][..],
    ];
    let rest = tokens.get(at..)?;
    let begins = |words: &&[&str]| {
        words
            .iter()
            .enumerate()
            .all(|(at, word)| is(rest, at, word))
    };
    attributes.iter().find(|words| begins(words))?;
    let mut at = at;
    while is(tokens, at, "#") {
        at = behind(tokens, at + 1);
    }
    let items = [
        "mod", "use", "fn", "pub", "impl", "struct", "const", "async",
    ];
    if !items.contains(&&**tokens.get(at)?) {
        return None;
    }
    while let Some(token) = tokens.get(at) {
        match &**token {
            ";" => return Some(at + 1),
            "{" if !in_use(tokens, at) => return Some(behind(tokens, at)),
            "(" | "[" | "{" => at = behind(tokens, at),
            _ => at += 1,
        }
    }
    Some(at)
}

/// Whether these braces are a part of a `use`.
fn in_use(tokens: &[Token], at: usize) -> bool {
    at > 0 && (is(tokens, at - 1, "::") || is(tokens, at - 1, "use"))
}

/// What comes behind a pair of brackets.
fn behind(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match &**token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

/// Whether a `use` has `pub` before it, or `pub(...)`.
fn is_public(tokens: &[Token], at: usize) -> bool {
    let before = |count: usize| at.checked_sub(count).map(|at| &*tokens[at]);
    before(1) == Some("pub") || (before(1) == Some(")") && before(4) == Some("pub"))
}

/// Reads one tree of a `use`; where it ends.
fn tree(
    tokens: &[Token],
    mut at: usize,
    before: &[String],
    is_public: bool,
    uses: &mut Vec<Use>,
) -> usize {
    let mut path = before.to_vec();
    let mut name = None;
    while let Some(token) = tokens.get(at) {
        match &**token {
            "::" => at += 1,
            "{" => {
                at += 1;
                while !is(tokens, at, "}") && at < tokens.len() {
                    at = tree(tokens, at, &path, is_public, uses);
                    at += usize::from(is(tokens, at, ","));
                }
                return at + 1;
            }
            "as" => {
                name = tokens.get(at + 1).cloned();
                at += 2;
            }
            "," | "}" | ";" => break,
            // The module before it.
            "self" if !path.is_empty() => at += 1,
            word => {
                path.push(word.to_owned());
                at += 1;
            }
        }
    }
    let last = path.last().cloned();
    if let Some(name) = name.or(last) {
        if name == "*" {
            path.pop();
        }
        uses.push(Use {
            path,
            name,
            is_public,
        });
    }
    // What ends a tree in braces is left to those.
    at + usize::from(is(tokens, at, ";"))
}

/// Reads a path, if one begins here; where to go on.
fn path(tokens: &[Token], at: usize, paths: &mut Vec<Path>) -> usize {
    let mut end = at + 1;
    let mut path = vec![tokens[at].clone()];
    while is(tokens, end, "::")
        && let Some(word) = tokens.get(end + 1)
        && word.starts_with(|char: char| char.is_alphabetic() || char == '_')
    {
        path.push(word.clone());
        end += 2;
    }
    if path.len() > 1 && !(at > 0 && is(tokens, at - 1, "::")) {
        paths.push(path);
    }
    end
}
