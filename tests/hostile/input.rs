//! Input that is no event: every such line is reported by its number, and what stands
//! before and after it is delivered.

use crate::class::{Finding, peak_of};
use crate::neighbours::serve;
use fastrand::Rng;
use servo_webhooks::Connector;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Bytes that the program may have had at its peak.
const MOST: usize = 256 << 20;

/// For the whole of one round, of which the longest line is the most.
const LIMIT: Duration = Duration::from_secs(30);

/// Bytes of the longest line.
const LONGEST: usize = 100_000_000;

/// Generated lines in one round.
const EACH: usize = 500;

const SEED: u64 = 20_261_124;

pub fn run(_: &Connector, rounds: usize, finding: &mut Finding) {
    let mut random = Rng::with_seed(SEED);
    for _ in 0..rounds {
        if let Err(wrong) = round(&mut random, finding) {
            finding.wrong.push(format!("seed {SEED}: {wrong}"));
        }
    }
}

fn round(random: &mut Rng, finding: &mut Finding) -> Result<(), String> {
    let listener = block_in_place(|| Handle::current().block_on(TcpListener::bind("127.0.0.1:0")));
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = Handle::current().spawn(serve(listener));
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("- {{events: '*:*', url: 'http://{address}/', secret: s}}\n");
    std::fs::write(folder.path().join("servo.yaml"), yaml).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_servo-webhooks"))
        .args([
            "run",
            "--events",
            "-",
            "--allow",
            "loopback",
            "--config",
            "servo.yaml",
        ])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let (mut out, mut log) = (
        program.stdout.take().unwrap(),
        program.stderr.take().unwrap(),
    );
    let out = thread::spawn(move || read(&mut out));
    let log = thread::spawn(move || read(&mut log));
    let mut input = program.stdin.take().unwrap();
    let fed = feed(&mut input, random);
    let peak = peak_of(&program.id().to_string());
    drop(input);
    let status = program.wait().unwrap();
    finding.took("a round", started.elapsed(), LIMIT);
    finding.grew(peak);
    serving.abort();
    let (out, log) = (out.join().unwrap(), log.join().unwrap());
    let Fed { bad, good } = fed.map_err(|error| format!("{error}: {}", tail(&log)))?;
    finding.cases += bad.len();
    if status.code() != Some(1) {
        return Err(format!("it ended with {status}: {}", tail(&log)));
    }
    if peak > Some(MOST) {
        return Err(format!("{peak:?} bytes of memory"));
    }
    let delivered = out.matches("\"outcome\":\"delivered\"").count();
    if delivered != good {
        return Err(format!("{delivered} of {good} were delivered"));
    }
    let reported: BTreeSet<u64> = log
        .lines()
        .filter_map(|line| line.split(" line ").nth(1)?.split(':').next()?.parse().ok())
        .collect();
    let differ: Vec<_> = reported.symmetric_difference(&bad).take(5).collect();
    if !differ.is_empty() {
        return Err(format!(
            "reported or not, and wrongly: {differ:?}: {}",
            tail(&log)
        ));
    }
    Ok(())
}

/// What the program was given.
#[derive(Default)]
struct Fed {
    /// Numbers of the lines that are no events.
    bad: BTreeSet<u64>,
    /// Lines that are.
    good: usize,
}

/// Writes bad lines, an event after each.
fn feed(input: &mut impl Write, random: &mut Rng) -> Result<Fed, String> {
    let (mut number, mut fed) = (0, Fed::default());
    let mut line = |line: &[u8], end: &[u8]| {
        number += 1;
        let written = input.write_all(line).and_then(|()| input.write_all(end));
        written.map_err(|error| format!("line {number}: {error}"))?;
        Ok::<u64, String>(number)
    };
    let lines = written()
        .into_iter()
        .chain((0..EACH).map(|_| noise(random)));
    for bad in lines.chain([vec![b'x'; LONGEST]]) {
        fed.bad.insert(line(&bad, b"\n")?);
        fed.good += 1;
        let event = format!(
            "{{\"event\":\"after:measure\",\"id\":\"good-{}\"}}",
            fed.good
        );
        line(event.as_bytes(), b"\n")?;
    }
    // What is deep is an event all the same: nobody here has to descend into it.
    let deep = ["[".repeat(500_000), "]".repeat(500_000)].concat();
    let event = format!("{{\"event\":\"after:measure\",\"parameters\":{{\"a\":{deep}}}}}");
    line(event.as_bytes(), b"\n")?;
    fed.good += 1;
    // A line that ends with the input.
    fed.bad.insert(line(b"{\"event\":\"after:meas", b"")?);
    Ok(fed)
}

fn read(source: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = source.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tail(log: &str) -> String {
    log.lines()
        .rev()
        .take(3)
        .collect::<Vec<_>>()
        .join(" | ")
        .chars()
        .take(600)
        .collect()
}

/// Each is one line.
fn written() -> Vec<Vec<u8>> {
    let event = |more: &str| format!(r#"{{"event":"after:measure",{more}}}"#).into_bytes();
    let deep = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
    let mut lines = vec![
        b"x".to_vec(),
        b"null".to_vec(),
        b"42".to_vec(),
        b"\"after:measure\"".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"{\"event\":\"after:measure\"".to_vec(),
        b"{\"event\":\"after:measure\"}{\"event\":\"after:measure\"}".to_vec(),
        b"{\"event\":\"after:measure\"},".to_vec(),
        // A byte order mark is skipped at the start of a line alone.
        b"{\"event\":\"after:measure\"}\xef\xbb\xbf".to_vec(),
        b"{\"event\":\"after:measure\",\"id\":\"\xff\"}".to_vec(),
        b"{\"event\":\"after:measure\",\"id\":\"\xed\xa0\x80\"}".to_vec(),
        b"\0".to_vec(),
        b"{\"event\":\"after:measure\"}\0".to_vec(),
        "{'event':'after:measure'}".into(),
        "{\"event\":\"after:\"}".into(),
        "{\"event\":\"measure\"}".into(),
        "{\"event\":\"during:measure\"}".into(),
        "{\"event\":\"after:*\"}".into(),
        "{\"event\":7}".into(),
        "{\"event\":\"after:measure\",\"event\":\"before:adjust\"}".into(),
        event(r#""id":"""#),
        event(r#""id":7"#),
        event(r#""id":"\ud800""#),
        event(r#""created_at":"yesterday""#),
        event(r#""parameters":{"a":NaN}"#),
        event(r#""parameters":{"a":Infinity}"#),
        event(r#""parameters":{"a":01}"#),
        event(r#""parameters":{"a":+1}"#),
        event(r#""parameters":{"a":1.}"#),
        event(r#""parameters":{"a":"\x41"}"#),
        event(r#""results":7"#),
        event(r#""nothing":"known""#),
    ];
    lines.push(event(&format!(r#""id":"{}""#, "x".repeat(257))));
    lines.push(format!("{{\"event\":\"after:{}\"}}", "x".repeat(1000)).into_bytes());
    lines.push(event(&format!(
        r#""parameters":{{"a":"{}"}}"#,
        "x".repeat(1_100_000)
    )));
    for count in [200, 10_000, 400_000] {
        lines.push(deep("[", "]", count).into_bytes());
        lines.push(event(&format!(
            r#""parameters":{}"#,
            deep("{\"a\":", "}", count)
        )));
    }
    lines
}

/// Bytes of no meaning, without the end of a line: most of JSON's punctuation.
fn noise(random: &mut Rng) -> Vec<u8> {
    const LOVED: &[u8] = b"{}[]\":,\\ \t\r-+.eE0123456789truefalsn";
    let length = random.usize(2..400);
    let byte = |random: &mut Rng| match random.u8(..4) {
        0 => random.u8(..),
        _ => *random.choice(LOVED).unwrap_or(&b'{'),
    };
    let mut line: Vec<u8> = (0..length)
        .map(|_| byte(random))
        .filter(|byte| *byte != b'\n')
        .collect();
    // Never blank, which is no fault.
    line.push(b'!');
    line
}
