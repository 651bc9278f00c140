//! What `listen` shows, saves, decides by rules, and passes on to others.

mod forwarding;
mod output;
mod rules;
mod saved;

use crate::support::program::{Finished, Program, Running};

const MEASURE: &str = "{\"event\":\"after:measure\",\"id\":\"m\"}\n";

const BIG: &str = "{\"event\":\"before:adjust\",\"id\":\"a\",\"parameters\":{\"adjustments\":[{\"component_name\":\"web\",\"setting_name\":\"cpu\",\"value\":4}]}}\n";

fn listen(program: &Program, more: &[&str]) -> (Running, String) {
    let first = ["listen", "--port", "0", "--secret", "env:SECRET"];
    let running = program.start(&[&first[..], more].concat());
    running.until_logged("(Ctrl-C to end)");
    let said = running.said();
    let (_, rest) = said.split_once("listening on ").unwrap();
    let url = rest.split(' ').next().unwrap().to_owned();
    (running, url)
}

fn responder() -> Program {
    Program::empty()
        .variable("SECRET", "s3cr3t")
        .variable("OTHER", "other")
}

/// A servo whose one webhook goes there.
fn servo(url: &str, secret: &str, more: &str) -> Program {
    Program::new(&format!(
        "- {{name: hook, events: ['before:*', 'after:*'], url: '{url}/hook', secret: {secret}{more}}}\n"
    ))
}

fn ended(running: Running, code: i32) -> Finished {
    running.signal("INT");
    running.finish().exits(code)
}
