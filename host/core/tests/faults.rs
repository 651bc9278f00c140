//! The simulator finds what it is there to find: each of these faults, put into a copy of
//! the core or of the host that is simulated around it, breaks one of its rules.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test that cannot be set up is to fail"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A fault: where, what stands there, and what stands there instead. What a host does with a
/// store is told in the simulator, so a fault may be there as well.
struct Fault {
    name: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "two probes are out at a time",
        file: "breaker.rs",
        right: "open.probing = true;",
        wrong: "open.probing = false;",
    },
    Fault {
        name: "four failures open a breaker",
        file: "breaker.rs",
        right: "const FEWEST: u32 = 5;",
        wrong: "const FEWEST: u32 = 4;",
    },
    Fault {
        name: "a hold never grows",
        file: "breaker.rs",
        right: "open.hold.saturating_mul(2)",
        wrong: "open.hold.saturating_mul(1)",
    },
    Fault {
        name: "a probe without a result is never given back",
        file: "delivery.rs",
        right: "webhook.breaker.release(probe);",
        wrong: "let _ = (&webhook, probe);",
    },
    Fault {
        name: "a breaker holds what it need not",
        file: "deliveries.rs",
        right: "delivery.is_held() && webhook.breaker.is_closed()",
        wrong: "delivery.is_held() && !webhook.breaker.is_closed()",
    },
    Fault {
        name: "a question is retried after the event's time",
        file: "question.rs",
        right: ".filter(|next| *next < budget)",
        wrong: "",
    },
    Fault {
        name: "no answer never cancels",
        file: "question.rs",
        right: "on_error == OnError::Cancel,",
        wrong: "false,",
    },
    Fault {
        name: "a later answer exchanges the decision",
        file: "question.rs",
        right: "self.decision().is_some() || !matches!",
        wrong: "!matches!",
    },
    Fault {
        name: "a question is held by a breaker",
        file: "question.rs",
        right: "webhook.is_gone() && self.attempts == 0",
        wrong: "(webhook.is_gone() || !webhook.breaker.is_closed()) && self.attempts == 0",
    },
    Fault {
        name: "a worker's right is lost",
        file: "endpoint.rs",
        right: "|queue| queue.in_flight -= 1",
        wrong: "|_| ()",
    },
    Fault {
        name: "one more than may is in flight",
        file: "endpoint.rs",
        right: "if queue.in_flight >= queue.bound {",
        wrong: "if queue.in_flight > queue.bound {",
    },
    Fault {
        name: "an attempt that hangs counts for ever",
        file: "worker.rs",
        right: "self.stalled += 1;",
        wrong: "",
    },
    Fault {
        name: "a timer is not set earlier",
        file: "deliveries.rs",
        right: "(Some(due), Some(armed)) => due < armed,",
        wrong: "(Some(_), Some(_)) => false,",
    },
    Fault {
        name: "what is under way at the end is forgotten",
        file: "deliveries.rs",
        right: "left.extend(self.workers.take_all());",
        wrong: "self.workers.take_all();",
    },
    Fault {
        name: "what this machine lacked counts as an attempt",
        file: "delivery.rs",
        right: "self.attempts.saturating_sub(1)",
        wrong: "self.attempts",
    },
    Fault {
        name: "a delivery's time begins anew at each attempt",
        file: "delivery.rs",
        right: "*self.first.get_or_insert(now);",
        wrong: "*self.first.insert(now);",
    },
    Fault {
        name: "the room of an endpoint is never free again",
        file: "capacity.rs",
        right: "part.deliveries -= 1;",
        wrong: "",
    },
    Fault {
        name: "a webhook that is gone is sent to",
        file: "delivery.rs",
        right: "if webhook.is_gone() {",
        wrong: "if false {",
    },
    Fault {
        name: "attempts are lost at a restart",
        file: "delivery.rs",
        right: "            attempts,\n            first: (progress",
        wrong: "            attempts: 0,\n            first: (progress",
    },
    Fault {
        name: "time that was used up is lost at a restart",
        file: "delivery.rs",
        right: ".then(|| now - spent)",
        wrong: ".then(|| now)",
    },
    Fault {
        name: "what kills its process is tried for ever",
        file: "delivery.rs",
        right: "self.attempts >= limits.max_tries",
        wrong: "self.attempts > limits.max_tries",
    },
    Fault {
        name: "a clock that was set back makes a wait longer",
        file: "restore.rs",
        right: "wait.due.min(now + wait.longest)",
        wrong: "wait.due",
    },
    Fault {
        name: "a wait goes beyond a patience that has become shorter",
        file: "restore.rs",
        right: "end.map_or(due, |end| due.min(end))",
        wrong: "due",
    },
    Fault {
        name: "an endpoint is met with all that waits for it",
        file: "endpoint.rs",
        right: "queue.bound = queue.bound.min(1)",
        wrong: "queue.bound = queue.bound.max(1)",
    },
    Fault {
        name: "an endpoint that fails is met with as many as before",
        file: "endpoint.rs",
        right: "Health::Down => 1,",
        wrong: "Health::Down => before,",
    },
    Fault {
        name: "an endpoint that was idle is met with all at once",
        file: "endpoint.rs",
        right: "if idle && queue.bound >= self.max_in_flight {",
        wrong: "if idle {",
    },
    Fault {
        name: "more may be in flight, and nobody sends it",
        file: "deliveries.rs",
        right: "let signals = if more {",
        wrong: "let signals = if false {",
    },
    Fault {
        name: "a webhook that is paused is sent to",
        file: "deliveries.rs",
        right: "(!pauses).then(",
        wrong: "(!pauses || true).then(",
    },
    Fault {
        name: "patience runs while a webhook is paused",
        file: "delivery.rs",
        right: "*first = *first + now.since(paused);",
        wrong: "let _ = (first, now, paused);",
    },
    Fault {
        name: "what waits for a webhook that is paused is forgotten at the end",
        file: "deliveries.rs",
        right: "left.append(&mut self.paused);",
        wrong: "self.paused.clear();",
    },
    Fault {
        name: "what is in memory is loaded once more",
        file: "../tests/simulation/disk.rs",
        right: " && !self.memory.contains(&id)",
        wrong: "",
    },
    Fault {
        name: "what has just been settled is loaded once more",
        file: "../tests/simulation/disk.rs",
        right: "row.stands == Stands::Waiting && ",
        wrong: "",
    },
    Fault {
        name: "what was spilled is forgotten before it is synced",
        file: "../tests/simulation/disk.rs",
        right: "cursor.behind = !self.store.is_clean();",
        wrong: "cursor.behind = false;",
    },
    Fault {
        name: "what waits for a webhook that is gone leaves no dead letter",
        file: "../tests/simulation/loader.rs",
        right: "disk.store.write(id, |row| row.stands = Stands::Orphaned);",
        wrong: "disk.cursors.entry(name).or_default().at = disk.store.newest(id).unwrap().queue;",
    },
    Fault {
        name: "an attempt is not written down before it is made",
        file: "../tests/simulation/deliveries.rs",
        right: "self.begins(id, progress);",
        wrong: "",
    },
    Fault {
        name: "it is acknowledged before it is synced",
        file: "../tests/simulation/store.rs",
        right: "self.committing = Some(std::mem::take(&mut self.batch));",
        wrong: "self.acknowledged.extend(self.batch.keys());\n            \
                self.committing = Some(std::mem::take(&mut self.batch));",
    },
    Fault {
        name: "a replay is never noticed",
        file: "../tests/simulation/disk.rs",
        right: "if std::mem::take(&mut self.unnoticed) {",
        wrong: "if std::mem::take(&mut self.unnoticed) && self.store.acknowledged.is_empty() {",
    },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of the core and its simulator in a workspace of its own.
fn workspace(at: &Path) {
    copy(&folder().join("src"), &at.join("core/src"));
    copy(
        &folder().join("tests/simulation"),
        &at.join("core/tests/simulation"),
    );
    // The simulator does without the reader of the vectors.
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let needed = manifest
        .lines()
        .filter(|line| !line.starts_with("serde_json"));
    let manifest: String = needed.map(|line| line.to_owned() + "\n").collect();
    fs::write(at.join("core/Cargo.toml"), manifest).unwrap();
    let whole = fs::read_to_string(folder().join("../../Cargo.toml")).unwrap();
    let package = whole
        .split("\n[")
        .find(|part| part.starts_with("workspace.package]"));
    let lints = "[workspace.lints.rust]\nunused = \"allow\"\n";
    let workspace = format!(
        "[workspace]\nresolver = \"2\"\nmembers = [\"core\"]\n\n[{}\n{lints}",
        package.unwrap()
    );
    fs::write(at.join("Cargo.toml"), workspace).unwrap();
    fs::copy(folder().join("../../Cargo.lock"), at.join("Cargo.lock")).unwrap();
}

/// Runs the simulator of the copy; what it said, if a rule was broken.
fn simulate(at: &Path, target: &Path) -> Option<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--offline", "--quiet", "--test", "simulation"]);
    cargo.current_dir(at).env("CARGO_TARGET_DIR", target);
    cargo.env("STEPS", "100000").env("RUST_BACKTRACE", "0");
    cargo.env_remove("SEED");
    let output = cargo.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!said.contains("could not compile"), "{said}");
    (!output.status.success()).then_some(said)
}

#[test]
fn each_fault_is_found() {
    let at = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}", std::process::id()));
    // Not shared with other runs: cargo would take what one of them left for fresh.
    let target = at.join("target");
    workspace(&at);
    assert_eq!(simulate(&at, &target), None, "without a fault");
    for fault in FAULTS {
        let file = at.join("core/src").join(fault.file);
        let right = fs::read_to_string(&file).unwrap();
        assert_eq!(
            right.matches(fault.right).count(),
            1,
            "{}: {}",
            fault.file,
            fault.right
        );
        fs::write(&file, right.replace(fault.right, fault.wrong)).unwrap();
        let found = simulate(&at, &target);
        fs::write(&file, right).unwrap();
        let said = found.unwrap_or_else(|| panic!("not found: {}", fault.name));
        assert!(said.contains("SEED="), "{}: {said}", fault.name);
        println!("found: {}", fault.name);
    }
    fs::remove_dir_all(&at).unwrap();
}
