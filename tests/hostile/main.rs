//! The hostile suite: responders and answers that do their worst, each held to the rule.
//!
//! Ends with a table: class of attack, cases, how many went wrong, worst time over the
//! limit, worst growth of memory. `cargo test --test hostile -- --long` runs many rounds.

// A program by itself, and a test all the same.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

mod answers;
mod attack;
#[path = "../all/support/authority.rs"]
mod authority;
mod class;
mod configurations;
#[path = "../all/support/daemon.rs"]
mod daemon;
mod egress;
#[path = "../all/support/faulty_connector.rs"]
mod faulty_connector;
mod frames;
mod guests;
mod http1;
mod http2;
mod input;
mod neighbours;
mod network;
mod servo;
#[path = "../all/support/skips.rs"]
mod skips;
mod smuggling;
mod spellings;
mod tls;
mod transport;
mod veto;
mod webhooks;
mod wire;

use class::Class;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        // What asks for a list wants tests of the usual kind, and these are none.
        return ExitCode::SUCCESS;
    }
    if let [first, rounds] = &*arguments
        && first == egress::INSIDE
    {
        egress::inside(rounds.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let rounds = if arguments.iter().any(|argument| argument == "--long") {
        20
    } else {
        1
    };
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let classes = [
        Class::matrix("HTTP/1.1 responders", http1::attacks),
        Class::attacks("HTTP/2 responders", http2::attacks),
        Class::matrix("TLS responders", tls::attacks),
        Class::matrix("answers before an event", answers::attacks),
        Class::attacks("connectors", guests::attacks),
        Class::calls("generated answers", veto::run),
        Class::calls("configurations", configurations::run),
        Class::calls("lines of events", input::run),
        Class::calls("neighbours", neighbours::run),
        Class::calls("transport", transport::run),
        Class::calls("egress", egress::run),
        Class::calls("smuggling", smuggling::run),
    ];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut good = true;
    let mut table = Vec::new();
    let mut remarks = Vec::new();
    for class in classes {
        let chosen = |filter: &&String| {
            "hostile".contains(filter.as_str()) || class.name.contains(filter.as_str())
        };
        if wanted.is_empty() || wanted.iter().any(chosen) {
            let finding = runtime.block_on(class.run(rounds));
            for wrong in &finding.wrong {
                println!("{}: {wrong}", class.name);
            }
            remarks.extend(
                finding
                    .remarks
                    .iter()
                    .map(|remark| format!("{}: {remark}", class.name)),
            );
            good &= finding.wrong.is_empty();
            table.push(finding.row(class.name));
        }
    }
    println!(
        "\n{:<26} {:>6} {:>6} {:>14} {:>14}",
        "class", "cases", "wrong", "over the limit", "memory growth"
    );
    for row in table {
        println!("{row}");
    }
    for remark in remarks {
        println!("{remark}");
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
