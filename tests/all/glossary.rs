//! The glossary, held to the sources: what it names is there, and the words that it replaced
//! are gone.

use crate::support::root;
use std::collections::BTreeSet;
use std::path::Path;

/// Not ours, made from the sources, or what others once sent.
const SKIPPED: [&str; 11] = [
    "__pycache__",
    "captures",
    "corpus",
    "dist",
    "expressions",
    "generated",
    "node_modules",
    "results",
    "target",
    "vectors",
    "wheels",
];

/// Words of before, in prose and as parts of names, and what is said now.
const WORDS: [(&str, &str); 8] = [
    ("abreast", "in flight"),
    ("conformity", "validate"),
    ("freight", "queued body"),
    ("occasion", "notification"),
    ("outbox", "delivery queue, or store"),
    ("parcel", "rendered request"),
    ("rehearsal", "dry run"),
    ("rehearse", "dry run"),
];

/// Names of before, in code alone: as words of English they may stand in prose. `Line`,
/// `Place`, `Full`, `Held`, `Kept`, `Way`, `Sender`, `Sign`, `Finding` and `Prepared` are not
/// among them, since other things rightly have these names.
const NAMES: [(&str, &str); 28] = [
    ("Addressed", "Recipient"),
    ("Addressing", "FanOut"),
    ("Attempted", "AttemptResult"),
    ("Behind", "Handler"),
    ("Budget", "CallLimits"),
    ("Concerned", "Recipients"),
    ("DeliveryState", "DeliveryStatus"),
    ("Door", "Frontend"),
    ("Effect", "AnswerEffect"),
    ("EnvelopeError", "InputError"),
    ("Journal", "GuestStdio"),
    ("Lack", "NoAnswerKind"),
    ("Means", "AttemptContext"),
    ("Purpose", "LoadMode"),
    ("Reading", "LoadOptions"),
    ("Room", "Capacity"),
    ("Seat", "Slot"),
    ("Settlement", "WebhookStatus"),
    ("Stamp", "AttemptInfo or SigningContext"),
    ("Stated", "Input"),
    ("Trial", "TriggerResult"),
    ("Turn", "Worker"),
    ("Warmed", "InstancePool"),
    ("answers_to", "matches"),
    ("capped", "sanitize"),
    ("keeping_instances", "reuse_instances"),
    ("line_up", "enqueue"),
    ("until_free", "ready"),
];

struct Source {
    path: String,
    extension: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let (root, mut found) = (root().canonicalize().unwrap(), Vec::new());
    for folder in ["docs", "guest", "host", "tests", "wit"] {
        walk(&root, &root.join(folder), &mut found);
    }
    for page in ["README.md", "DESIGN.md", "CONTRIBUTING.md", "SECURITY.md"] {
        found.extend(source(&root, &root.join(page)));
    }
    let ours = |path: &str| path.ends_with("glossary.md") || path.ends_with("all/glossary.rs");
    found.retain(|source| !ours(&source.path));
    assert!(found.len() > 300, "{} sources", found.len());
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, found);
        } else {
            found.extend(source(root, &path));
        }
    }
}

fn source(root: &Path, path: &Path) -> Option<Source> {
    let extension = path.extension()?.to_string_lossy().into_owned();
    ["md", "mjs", "py", "rs", "ts", "wit"]
        .contains(&&*extension)
        .then(|| Source {
            path: path.strip_prefix(root).unwrap().display().to_string(),
            extension,
            text: std::fs::read_to_string(path).unwrap_or_default(),
        })
}

/// Names, and words of prose; those of the WIT have hyphens in them.
fn names<'a>(text: &'a str, extension: &str) -> impl Iterator<Item = &'a str> {
    let hyphens = extension == "wit";
    let divides =
        move |char: char| !char.is_alphanumeric() && char != '_' && !(hyphens && char == '-');
    text.split(divides).filter(|name| !name.is_empty())
}

/// `eventOccasions` has an event and an occasion in it.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut lower = false;
    for char in name.chars() {
        if char == '_' || char == '-' || (lower && char.is_uppercase()) {
            parts.push(String::new());
        }
        lower = char.is_lowercase();
        parts.last_mut().unwrap().extend(char.to_lowercase());
    }
    let bare = |part: &String| {
        part.trim_matches(['_', '-'])
            .trim_end_matches('s')
            .to_owned()
    };
    parts.iter().map(bare).collect()
}

/// A line without its comment, as far as that can be told without a parser.
fn code(line: &str) -> &str {
    let bare = line.trim_start();
    if ["*", "/*", "//", "#", "\"\"\""]
        .iter()
        .any(|mark| bare.starts_with(mark))
    {
        return "";
    }
    line.find(" // ").map_or(line, |end| &line[..end])
}

/// What is declared in sources of a kind: `struct Delivery`, `class Delivery`.
fn declared(sources: &[Source], extensions: &[&str]) -> BTreeSet<String> {
    const BEFORE: [&str; 12] = [
        "class",
        "def",
        "enum",
        "fn",
        "func",
        "function",
        "interface",
        "record",
        "struct",
        "trait",
        "type",
        "variant",
    ];
    let mut declared = BTreeSet::new();
    let wanted = |source: &&Source| extensions.contains(&&*source.extension);
    for source in sources.iter().filter(wanted) {
        let names: Vec<_> = names(&source.text, &source.extension).collect();
        for pair in names.windows(2).filter(|pair| BEFORE.contains(&pair[0])) {
            declared.insert(pair[1].to_owned());
        }
        // In the WIT the word comes after: `judge: func(..)`.
        let functions = source
            .text
            .lines()
            .filter_map(|line| line.split_once(": func("));
        declared.extend(functions.map(|(name, _)| name.trim().to_owned()));
    }
    declared
}

/// The rows of the glossary: word, meaning, and where it is.
fn rows() -> Vec<[String; 3]> {
    let page = std::fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows = rows.skip(1).map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
        let [word, meaning, place] = cells[..] else {
            panic!("{line}")
        };
        [word, meaning, place].map(|cell| cell.trim_matches(['|', ' ']).to_owned())
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 60, "{} words", rows.len());
    rows
}

#[test]
fn words_are_in_their_order_and_have_a_meaning() {
    let rows = rows();
    for [word, meaning, _] in &rows {
        assert!(meaning.ends_with(['.', ')']), "{word}: {meaning}");
    }
    for pair in rows.windows(2) {
        assert!(pair[0][0] < pair[1][0], "{} > {}", pair[0][0], pair[1][0]);
    }
}

#[test]
fn what_the_glossary_names_is_in_the_sources() {
    let sources = sources();
    let rust = declared(&sources, &["rs"]);
    let node = declared(&sources, &["ts"]);
    let python = declared(&sources, &["py"]);
    let wit = declared(&sources, &["wit"]);
    let has = |text: &str| {
        let text = text.to_owned();
        move |source: &Source| source.text.contains(&text)
    };
    let mut known = 0;
    for [word, _, place] in rows() {
        let pieces: Vec<_> = place.split('`').collect();
        for pair in pieces.chunks_exact(2) {
            let (before, name) = (
                pair[0].split_whitespace().last().unwrap_or_default(),
                pair[1],
            );
            let there = match before {
                "record" | "variant" | "function" | "interface" => wit.contains(name),
                "folder" => root().join(name).is_dir(),
                "field" => sources.iter().any(has(&format!("{name}: "))),
                _ if name.contains('/') => root().join(name).is_file(),
                _ if name.contains("::") => sources.iter().any(has(name)),
                _ => {
                    let others = [("Node.js", &node), ("Python", &python)];
                    let mut hosts = others.iter().filter(|(host, _)| {
                        place.contains("in all hosts") || place.contains(&format!("in {host}"))
                    });
                    rust.contains(name) && hosts.all(|(_, found)| found.contains(name))
                }
            };
            assert!(there, "{word}: {place} is not there");
            known += 1;
        }
    }
    assert!(known > 60, "{known}");
}

#[test]
fn words_that_were_replaced_are_gone() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            let at = format!("{}:{}", source.path, number + 1);
            for name in names(line, &source.extension) {
                for part in parts(name) {
                    if let Some((old, new)) = WORDS.iter().find(|(old, _)| *old == part) {
                        wrong.push(format!("{at}: {old}, now {new}"));
                    }
                }
            }
            if source.extension == "md" {
                continue;
            }
            for name in names(code(line), &source.extension) {
                if let Some((_, new)) = NAMES.iter().find(|(old, _)| *old == name) {
                    wrong.push(format!("{at}: {name}, now {new}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "words of before:\n{}", wrong.join("\n"));
}

#[test]
fn a_word_of_before_is_seen_wherever_it_stands() {
    assert_eq!(parts("eventOccasions"), ["event", "occasion"]);
    assert_eq!(parts("_freight_of"), ["", "freight", "of"]);
    assert_eq!(parts("render-error"), ["render", "error"]);
    assert_eq!(code("    // Reading on"), "");
    assert_eq!(code("let a = 1; // Stated"), "let a = 1;");
}
