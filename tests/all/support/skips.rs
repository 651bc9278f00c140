//! What is skipped: said at once, and noted for the last program of `cargo test`, which
//! says it again with a count.

#![allow(dead_code, reason = "some programs note, and one takes")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The variable that makes failures of skips.
pub const REQUIRE_ALL: &str = "REQUIRE_ALL";

/// Notes that are older are of a run that did not get to its end.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// Says what is skipped and why, and notes it.
pub fn note(what: &str, why: &str) {
    // The test harness keeps what `eprintln!` says of a test that passes, and not this.
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: {why}");
    let line = format!("{why}\t{what}\n");
    let noted = folders().into_iter().any(|folder| {
        let _ = fs::create_dir_all(&folder);
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(folder.join(run()));
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .is_ok()
    });
    if !noted {
        let _ = writeln!(std::io::stderr(), "it will not be counted");
    }
}

/// What was noted in this run, as reason and what was skipped; forgets it.
pub fn take() -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for folder in folders() {
        forget_old(&folder);
        let path = folder.join(run());
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        notes.extend(lines.map(|(why, what)| (why.to_owned(), what.to_owned())));
    }
    notes
}

/// Where notes are: the second is for those who may not write where the tests were built.
fn folders() -> [PathBuf; 2] {
    [
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("skipped"),
        std::env::temp_dir().join("servo-webhooks-skipped"),
    ]
}

/// One file for all that one `cargo test` starts, and for no other: a filter or a failure
/// may keep the last program from being started, and what it would have taken stays.
fn run() -> String {
    let parent = std::os::unix::process::parent_id();
    // The same number may be another process's later.
    let stat = fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    let (_, after_name) = stat.rsplit_once(") ").unwrap_or_default();
    let started = after_name.split(' ').nth(19).unwrap_or("0");
    format!("{parent}-{started}")
}

fn forget_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|about| about.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        if age > Some(OLD) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
