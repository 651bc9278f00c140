//! A machine whose clock stands before 1970, as many do that have no battery: what needs
//! the time says so, nothing panics.
//!
//! The clock is one of a library that is loaded before the system's.

use crate::support::authority::Authority;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::{has, missing};
use std::process::Command;
use std::sync::Arc;

const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
    int done = next(clock, time);
    /* From when a file is there on. */
    const char *from = getenv("TURNS_BACK");
    if (!done && clock == CLOCK_REALTIME && (!from || !access(from, F_OK))) time->tv_sec = -86400;
    return done;
}
"#;

/// A program with another clock; none where that cannot be made.
fn with_shim(configuration: &str) -> Option<Program> {
    if !has("cc") {
        missing("cc");
        return None;
    }
    let program = Program::new(configuration);
    program.write("shim.c", SHIM);
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "shim.so", "shim.c", "-ldl"])
        .current_dir(program.path(""))
        .status();
    assert!(made.unwrap().success());
    let shim = program.path("shim.so").display().to_string();
    Some(program.variable("LD_PRELOAD", &shim))
}

#[test]
fn before_1970_nothing_panics() {
    let hook = "- {name: hook, events: [after:measure, before:adjust], url: 'https://example.com', secret: s}\n";
    let Some(program) = with_shim(hook) else {
        return;
    };
    program.write(
        "events",
        "{\"event\":\"after:measure\"}\n{\"event\":\"before:adjust\"}\n",
    );
    program.write("head", "X-Servo-Signature: 00\n");
    let set = "before 1970";
    for (arguments, code, says) in [
        (&["demo"][..], 1, set),
        (&["run", "--events", "events"], 2, set),
        (&["run", "--events", "events", "--dry-run"], 2, set),
        (&["run", "--events", "events", "--failed", "failed"], 2, set),
        (&["serve", "--bind", "127.0.0.1:0"], 2, set),
        (&["trigger", "after:measure"], 2, set),
        (&["explain", "after:measure"], 2, set),
        (&["check"], 0, ""),
        (&["list", "--json"], 0, ""),
        (&["schema", "after:measure"], 0, ""),
        (&["generate"], 0, ""),
        (
            &[
                "verify",
                "--headers",
                "head",
                "--body",
                "head",
                "--secret",
                "env:KEY",
            ],
            2,
            "",
        ),
        (
            &["list", "-c", "missing", "--log-format", "json"],
            2,
            "missing",
        ),
    ] {
        let finished = program.call(arguments).exits(code);
        let said = &finished.stderr;
        assert!(said.contains(says), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_clock_that_goes_back_there_loses_no_question() {
    let authority = Authority::new();
    let tls = Arc::unwrap_or_clone(authority.server("127.0.0.1", &["http/1.1"]));
    let responder = Responder::start_tls(tls, |_| Reply::status(200));
    let hook = format!(
        "- {{name: hook, events: ['before:adjust', 'after:measure'], url: '{}', secret: s, on_error: cancel, backoff: false}}\n",
        responder.url("/")
    );
    let Some(program) = with_shim(&hook) else {
        return;
    };
    let turns = program.path("now").display().to_string();
    let program = program.variable("TURNS_BACK", &turns);
    let ca = authority.file().display().to_string();
    let mut running = program.start_run(&["--ca-file", &ca]);
    running.feed("{\"event\":\"after:describe\"}\n");
    running.until("it has begun", |out| out.contains("after:describe"));
    program.write("now", "");
    running.feed("{\"event\":\"before:adjust\"}\n{\"event\":\"after:measure\"}\n");
    running.close();
    let finished = running.finish().exits(1);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    let asked = &finished.of_type("event")[1];
    assert_eq!(asked["outcome"], "cancelled", "{asked}");
    let error = asked["webhooks"][0]["error"].to_string();
    assert!(error.contains("before 1970"), "{error}");
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "failed");
}
