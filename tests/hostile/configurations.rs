//! Configurations that would have a reader run for ever, take all memory, or fall over.

use crate::class::Finding;
use fastrand::Rng;
use servo_webhooks::{Configuration, Connector, LoadOptions};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// What the connector may take is one second; as much again is for what the host does.
const LIMIT: Duration = Duration::from_secs(2);

/// Bytes of what is said of it.
const MOST_SAID: usize = 4 << 20;

/// Of each generated kind in one round.
const EACH: usize = 300;

const SEED: u64 = 20_261_124;

const GOOD: &str = "\
webhooks:
  - name: approve  # asked first
    events: [before:adjust, 'after:*']
    url: https://approve.example/hook?a=b
    secret: [one, two]
    headers: {Authorization: Bearer x}
    timeout: 5s
    on_error: cancel
    backoff: &backoff {max_tries: 3, max_time: 1m}
  - events: after:measure
    url: 'https://store.example/'
    secret: \"s\\u0041\"
    backoff: *backoff
";

/// A document, and whether it must be refused; none: either is right.
type Case = (String, Vec<u8>, Option<bool>);

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    let mut random = Rng::with_seed(SEED);
    let mut cases = written();
    cases.extend(cut());
    for _ in 0..rounds {
        cases.extend(generated(&mut random));
    }
    for (name, bytes, refused) in cases {
        finding.cases += 1;
        let started = Instant::now();
        let options = LoadOptions::default();
        let read =
            || Configuration::read(connector, "hostile.yaml", Path::new(""), &bytes, &options);
        let read = catch_unwind(AssertUnwindSafe(read));
        finding.took(&name, started.elapsed(), LIMIT);
        let wrong = match read {
            Err(_) => Some("panicked".to_owned()),
            Ok(Ok(_)) => (refused == Some(true)).then(|| "was read".to_owned()),
            Ok(Err(error)) => {
                let said = error.to_string();
                let placed = said.contains("hostile.yaml") && said.len() < MOST_SAID;
                (refused == Some(false) || !placed).then(|| said.chars().take(300).collect())
            }
        };
        finding
            .wrong
            .extend(wrong.map(|wrong| format!("{name}, seed {SEED}: {wrong}")));
    }
}

fn written() -> Vec<Case> {
    let bad = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes, Some(true));
    let good = |name: &str, text: String| (name.to_owned(), text.into_bytes(), Some(false));
    let mut cases = vec![
        good("as it should be", GOOD.to_owned()),
        good("with a byte order mark", format!("\u{feff}{GOOD}")),
        good(
            "10,000 webhooks",
            "- {events: 'after:measure', url: 'https://a.example/', secret: s}\n".repeat(10_000),
        ),
        bad("nothing", Vec::new()),
        bad("one NUL", vec![0]),
        bad("a recursive alias", b"&a [*a]".to_vec()),
        bad("a recursive key", b"&a {*a : 1}".to_vec()),
        bad("a mapping that merges itself", b"&a {<<: *a}".to_vec()),
        bad(
            "an unclosed quote of 4 MiB",
            [b"'".to_vec(), vec![b'x'; 4 << 20]].concat(),
        ),
        bad(
            "a key of 4 MiB",
            [vec![b'k'; 4 << 20], b": 1".to_vec()].concat(),
        ),
        bad(
            "a comment of 15 MiB",
            [b"#".to_vec(), vec![b'x'; 15 << 20]].concat(),
        ),
        bad("more than 16 MiB", vec![b'\n'; (16 << 20) + 1]),
        bad("4 MiB of line ends", vec![b'\n'; 4 << 20]),
        bad("4 MiB of blanks", vec![b' '; 4 << 20]),
        bad("4 MiB of tabs", vec![b'\t'; 4 << 20]),
        bad("a million dashes", b"- ".repeat(1_000_000)),
        bad("a million entries", b"-\n".repeat(1_000_000)),
        bad(
            "a million keys",
            many(1_000_000, |number, text| _ = writeln!(text, "k{number}: 1")).into_bytes(),
        ),
        bad(
            "a key a hundred thousand times",
            b"webhooks: []\n".repeat(100_000),
        ),
        bad(
            "a hundred thousand anchors",
            many(100_000, |number, text| _ = writeln!(text, "- &a{number} x")).into_bytes(),
        ),
        bad(
            "a hundred thousand documents",
            b"---\n- a\n".repeat(100_000),
        ),
        bad(
            "a hundred thousand problems",
            b"- {evnets: 'after:measure'}\n".repeat(100_000),
        ),
        bad(
            "a tag of Python",
            b"!!python/object/apply:os.system ['id']".to_vec(),
        ),
        bad(
            "a tag that includes",
            b"webhooks: !include /etc/passwd".to_vec(),
        ),
        bad("Latin-1", b"- {name: caf\xe9}".to_vec()),
        bad("an overlong slash", b"- {name: \xc0\xaf}".to_vec()),
        bad("a surrogate", b"- {name: \xed\xa0\x80}".to_vec()),
    ];
    // YAML 1.2.2, 6.8.1: a later version is read with a warning.
    let later = format!("%YAML 9.9\n---\n{GOOD}").into_bytes();
    cases.push(("a directive of the future".to_owned(), later, None));
    for (name, order) in [
        ("UTF-16LE", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ("UTF-16BE", u16::to_be_bytes),
    ] {
        let text = format!("\u{feff}{GOOD}");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        cases.push((name.to_owned(), bytes, None));
    }
    for depth in [50, 101, 1_000, 100_000, 1_000_000] {
        for (open, close) in [
            ("[", "]"),
            ("{a: ", "}"),
            ("- ", ""),
            ("? ", ""),
            ("[{a: ", "}]"),
        ] {
            let text = open.repeat(depth) + &close.repeat(depth);
            cases.push(bad(&format!("{open:?} {depth} deep"), text.into_bytes()));
        }
    }
    let indented = many(1_500, |number, text| {
        _ = writeln!(text, "{}a:", " ".repeat(number))
    });
    cases.push(bad("1,500 deep by indentation", indented.into_bytes()));
    for levels in [4, 9, 20, 60] {
        for (what, mappings) in [("lists", false), ("mappings", true)] {
            let name = format!("{levels} levels of aliases in {what}");
            cases.push(bad(&name, laughs(levels, mappings).into_bytes()));
        }
    }
    let blown = format!(
        "a: &a \"{}\"\nb: [{}]",
        "x".repeat(100_000),
        "*a,".repeat(100_000)
    );
    cases.push(bad("100 KB a hundred thousand times", blown.into_bytes()));
    cases
}

fn many(count: usize, write: impl Fn(usize, &mut String)) -> String {
    let mut text = String::new();
    (0..count).for_each(|number| write(number, &mut text));
    text
}

/// Each level says the one before it ten times.
fn laughs(levels: usize, mappings: bool) -> String {
    let mut text = "a0: &a0 lol\n".to_owned();
    for level in 1..=levels {
        let item = |number: usize| match mappings {
            true => format!("k{number}: *a{}", level - 1),
            false => format!("*a{}", level - 1),
        };
        let items: Vec<_> = (0..10).map(item).collect();
        let (open, close) = if mappings { ("{", "}") } else { ("[", "]") };
        let _ = writeln!(
            text,
            "a{level}: &a{level} {open}{}{close}",
            items.join(", ")
        );
    }
    text
}

/// A good one that ends at each of its bytes.
fn cut() -> impl Iterator<Item = Case> {
    (0..GOOD.len()).map(|end| {
        (
            format!("cut at {end}"),
            GOOD.as_bytes()[..end].to_vec(),
            None,
        )
    })
}

/// Bytes of no meaning, and a good one with some bytes changed.
fn generated(random: &mut Rng) -> Vec<Case> {
    const LOVED: &[u8] = b"[]{}:,-?&*!|>'\"%@`#\n\r\t \0\\<=~";
    let noise = |random: &mut Rng| {
        let length = random.usize(1..2000);
        let byte = |random: &mut Rng| match random.bool() {
            true => *random.choice(LOVED).unwrap_or(&b'-'),
            false => random.u8(..),
        };
        (0..length).map(|_| byte(random)).collect::<Vec<u8>>()
    };
    let changed = |random: &mut Rng| {
        let mut bytes = GOOD.as_bytes().to_vec();
        for _ in 0..random.usize(1..6) {
            let place = random.usize(..bytes.len());
            let byte = *random.choice(LOVED).unwrap_or(&b'-');
            match random.u8(..3) {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        bytes
    };
    (0..EACH)
        .flat_map(|number| {
            [
                (format!("noise {number}"), noise(random), None),
                (format!("changed {number}"), changed(random), None),
            ]
        })
        .collect()
}
