//! Programs and inputs by chance: every operator and function, nested a few levels deep.
//!
//! They end: there are no endless loops, and numbers that decide how large something
//! becomes are small.

mod words;

use words::{
    CLOSURES, DATES, FACTORS, FORMATS, FUNCTIONS, NAMES, NUMBERS, OPERATORS, PATTERNS, TEXTS,
    UPDATES, VALUES,
};

/// Where chance comes from.
pub trait Chance {
    /// A number less than this one, which is not zero.
    fn below(&mut self, limit: usize) -> usize;
}

/// Chance of a seed.
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
}

impl Chance for Dice {
    fn below(&mut self, limit: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) as usize) % limit
    }
}

/// Chance of bytes; zero when they are used up.
pub struct Bytes<'a>(pub &'a [u8]);

impl Chance for Bytes<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first) % limit
    }
}

fn one<'w>(chance: &mut impl Chance, words: &[&'w str]) -> &'w str {
    words[chance.below(words.len())]
}

/// A value in JSON.
pub fn input(chance: &mut impl Chance, depth: usize) -> String {
    let kinds = if depth == 0 { 4 } else { 7 };
    match chance.below(kinds) {
        0 => one(chance, &["null", "true", "false"]).to_owned(),
        1 => one(chance, &NUMBERS).to_owned(),
        2 => one(chance, &TEXTS).to_owned(),
        3 => one(chance, &DATES).to_owned(),
        4 | 5 => {
            let items: Vec<_> = (0..chance.below(4))
                .map(|_| input(chance, depth - 1))
                .collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            let members: Vec<_> = (0..chance.below(4))
                .map(|_| format!("\"{}\":{}", one(chance, &NAMES), input(chance, depth - 1)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// A program.
pub fn program(chance: &mut impl Chance, depth: usize) -> String {
    if depth == 0 {
        return leaf(chance);
    }
    let next = depth - 1;
    match chance.below(26) {
        0..=3 => format!("{} | {}", program(chance, next), program(chance, next)),
        4 => format!("({}, {})", program(chance, next), program(chance, next)),
        5..=7 => {
            let operator = one(chance, &OPERATORS);
            format!(
                "({} {operator} {})",
                program(chance, next),
                program(chance, next)
            )
        }
        8 => format!("[{}]", program(chance, next)),
        9 => object(chance, next),
        10 => format!(
            "try ({}) catch ({})",
            program(chance, next),
            program(chance, next)
        ),
        11 => format!("({})?", program(chance, next)),
        12 => format!(
            "if {} then {} else {} end",
            program(chance, next),
            program(chance, next),
            program(chance, next)
        ),
        13 => fold(chance, next),
        14 => binding(chance, next),
        15..=17 => {
            let update = one(chance, &UPDATES);
            format!(
                "({} {update} ({}))",
                path(chance, next),
                program(chance, next)
            )
        }
        18..=20 => call(chance, next),
        21 => format!(
            "\"{}\\({})\"",
            one(chance, &["", "a ", "é"]),
            program(chance, next)
        ),
        22 if chance.below(2) == 0 => {
            format!("({} * {})", program(chance, next), one(chance, &FACTORS))
        }
        22 => format!(
            "{} \"x\\({})\"",
            one(chance, &FORMATS),
            program(chance, next)
        ),
        23 => format!("-({})", program(chance, next)),
        24 => format!("({}){}", program(chance, next), suffix(chance, next)),
        _ => leaf(chance),
    }
}

fn leaf(chance: &mut impl Chance) -> String {
    match chance.below(10) {
        0..=2 => path(chance, 0),
        3 => one(chance, &VALUES).to_owned(),
        4 => one(chance, &TEXTS).to_owned(),
        5 => one(chance, &FORMATS).to_owned(),
        _ => one(chance, &FUNCTIONS).to_owned(),
    }
}

fn suffix(chance: &mut impl Chance, depth: usize) -> String {
    match chance.below(8) {
        0 => "[]".to_owned(),
        1 => "[]?".to_owned(),
        2 => format!(".{}", one(chance, &NAMES)),
        3 => format!("[{}]", one(chance, &NUMBERS[..8])),
        4 => format!(
            "[{}:{}]",
            one(chance, &NUMBERS[..8]),
            one(chance, &["", "1", "-1", "2.5"])
        ),
        5 => format!("[\"{}\"]?", one(chance, &NAMES)),
        6 if depth > 0 => format!("[{}]", program(chance, depth - 1)),
        _ => format!(".\"{}\"?", one(chance, &NAMES)),
    }
}

/// Something that has paths, for what changes them.
fn path(chance: &mut impl Chance, depth: usize) -> String {
    match chance.below(10) {
        0 => ".".to_owned(),
        1 => "..".to_owned(),
        2 => ".[]?".to_owned(),
        3 if depth > 0 => format!("{} | {}", path(chance, depth - 1), path(chance, depth - 1)),
        4 if depth > 0 => {
            let of = path(chance, depth - 1);
            format!("({of} | select({}))", program(chance, depth - 1))
        }
        5 => one(
            chance,
            &[
                "first",
                "last",
                "getpath([\"a\"])",
                "recurse",
                "empty",
                "paths",
            ],
        )
        .to_owned(),
        6 => format!(
            ".[{}:{}]",
            one(chance, &["", "1", "-2"]),
            one(chance, &["2", "-1", "0.5"])
        ),
        7 => format!(".[{}]", one(chance, &NUMBERS[..8])),
        8 => format!(".{}?", one(chance, &NAMES)),
        _ => format!(".{}", one(chance, &NAMES)),
    }
}

fn object(chance: &mut impl Chance, depth: usize) -> String {
    let name = one(chance, &NAMES);
    match chance.below(4) {
        0 => format!("{{{name}, \"b\": ({})}}", program(chance, depth)),
        1 => format!(
            "{{({}): ({})}}",
            program(chance, depth),
            program(chance, depth)
        ),
        2 => format!("{{\"x\\({})\": 1}}", program(chance, depth)),
        _ => format!("{{{name}: ({})}}", program(chance, depth)),
    }
}

fn fold(chance: &mut impl Chance, depth: usize) -> String {
    let source = one(
        chance,
        &[".[]?", "range(3)", "(1, 2)", "limit(3; .[]?)", "empty"],
    );
    let (start, update) = (program(chance, depth), program(chance, 0));
    match chance.below(3) {
        0 => format!("reduce {source} as $x ({start}; {update})"),
        1 => format!("[foreach {source} as $x ({start}; {update})]"),
        _ => format!("[limit(5; foreach {source} as $x ({start}; . + $x; [$x, .]))]"),
    }
}

fn binding(chance: &mut impl Chance, depth: usize) -> String {
    let (value, body) = (program(chance, depth), program(chance, depth));
    match chance.below(6) {
        0 => format!("({value}) as [$x, $y] | [$x, $y, ({body})]"),
        1 => format!("({value}) as {{a: $x}} | [$x, ({body})]"),
        2 => format!("({value}) as [$x] ?// {{a: $x}} ?// $x | [$x, ({body})]"),
        3 => format!("def f(g): g | g; f({body})"),
        4 => format!("label $out | ({value}), break $out"),
        _ => format!("({value}) as $x | $x | {body}"),
    }
}

fn call(chance: &mut impl Chance, depth: usize) -> String {
    match chance.below(8) {
        0 => {
            let (pattern, flags) = (
                one(chance, &PATTERNS),
                one(
                    chance,
                    &[
                        "null", "\"g\"", "\"gi\"", "\"x\"", "\"n\"", "\"l\"", "\"p\"", "\"q\"",
                    ],
                ),
            );
            let function = one(
                chance,
                &["test", "match", "capture", "scan", "split", "splits"],
            );
            format!("[limit(20; {function}({pattern}; {flags}))]")
        }
        1 => {
            let function = one(chance, &["sub", "gsub"]);
            format!(
                "{function}({}; {})",
                one(chance, &PATTERNS),
                program(chance, depth)
            )
        }
        2 => {
            let format = one(
                chance,
                &[
                    "%Y-%m-%d",
                    "%H:%M",
                    "%c",
                    "%A %j",
                    "%s",
                    "%e %y %U",
                    "%Y-%m-%dT%H:%M:%SZ",
                ],
            );
            format!("{}(\"{format}\")", one(chance, &["strftime", "strptime"]))
        }
        _ => {
            let (function, inner) = (one(chance, &CLOSURES), program(chance, depth));
            function.replace('@', &inner)
        }
    }
}
