//! The figures of `docs/figures.md`: ours beside baselines, measured in one run on one machine.
//! `cargo bench --bench figures` prints the table; see README.md in benches.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a measurement that goes wrong is to stop"
)]

mod bare;
mod bare_rows;
mod before;
mod context;
mod deliveries;
mod endpoints;
mod events;
mod figure;
mod machine;
mod native;
mod observing;
mod plot;
mod process;
mod program;
mod report;
mod rules;
mod sink;
mod soak;
mod start;
mod store;
mod table;
mod waiting;
mod webhooks;
mod wire;

use clap::{Parser, ValueEnum};
use context::Context;
use figure::Measured;
use machine::Since;
use report::Report;
use std::path::PathBuf;
use std::time::Instant;

/// Measure servo-webhooks beside its baselines and print a table
///
/// All groups together take some minutes; their results, plots and the tables of
/// docs/figures.md and the README are written anew. Some groups alone are printed only.
#[derive(Parser)]
#[command(name = "cargo bench --bench figures --", max_term_width = 100)]
struct Arguments {
    /// What to measure; without any, everything
    group: Vec<Group>,
    /// How often each thing is measured, in turn with what it is compared with
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Write the results to this file alone
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The Python that has httpx, for the original connector's way of working
    #[arg(long, value_name = "COMMAND", default_value = "python3")]
    python: PathBuf,
    /// Instead, deliver for so long at half of the possible rate, with 5 % failures
    #[arg(long, value_name = "MINUTES", num_args = 0..=1, default_missing_value = "10", conflicts_with = "group")]
    soak: Option<f64>,
    /// Instead, draw the plots and write the pages anew, from the results that are there
    #[arg(long, conflicts_with_all = ["group", "soak"])]
    show: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the bare client, with the order in this file
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// What the rules cost in the sandbox, beside native ones
    Rules,
    /// Deliveries, beside a bare client, wrk, and the original's way
    Deliveries,
    /// What an event waits for its webhooks
    Before,
    /// One event to many webhooks, and many that it does not concern
    Webhooks,
    /// Many endpoints
    Endpoints,
    /// Deliveries that wait to be tried again
    Waiting,
    /// A store, beside memory alone and a bare loop of SQLite
    Store,
    /// What it costs to be watched: metrics, traces and the page
    Observing,
    /// The program's start, its memory at rest, its component
    Start,
}

impl Group {
    fn measure(self, context: &Context) -> Measured {
        match self {
            Self::Rules => rules::measure(context),
            Self::Deliveries => deliveries::measure(context),
            Self::Before => before::measure(context),
            Self::Webhooks => webhooks::measure(context),
            Self::Endpoints => endpoints::measure(context),
            Self::Waiting => waiting::measure(context),
            Self::Store => store::measure(context),
            Self::Observing => observing::measure(context),
            Self::Start => start::measure(context),
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(order) = &arguments.bare {
        bare::main(order);
        return Ok(());
    }
    if arguments.show {
        return report::show();
    }
    anyhow::ensure!(
        cfg!(target_os = "linux"),
        "these figures are read from /proc: they want Linux"
    );
    let folder = tempfile::tempdir()?;
    let rounds = usize::from(arguments.rounds);
    let context = Context::new(rounds, arguments.python.clone(), folder.path());
    if let Some(minutes) = arguments.soak {
        let soak = soak::run(&context, minutes)?;
        println!("{}", report::soaked(&soak));
        return match &arguments.json {
            Some(file) => report::write(file, &soak),
            None => {
                report::write(&report::results("soak.json"), &soak)?;
                report::show()
            }
        };
    }
    let (since, started) = (Since::now(), Instant::now());
    let all = arguments.group.is_empty();
    let groups = if all {
        Group::value_variants()
    } else {
        &arguments.group
    };
    let mut measured = Measured::default();
    for group in groups {
        let began = Instant::now();
        measured.add(group.measure(&context));
        eprintln!("{group:?}: {:.0} s", began.elapsed().as_secs_f64());
    }
    println!("{}", table::text(&measured.figures));
    for why in &measured.skipped {
        println!("SKIPPED: {why}");
    }
    let report = Report::new(measured, rounds, since, started.elapsed().as_secs_f64());
    if let Some(file) = &arguments.json {
        report::write(file, &report)
    } else if all {
        report::write(&report::results("figures.json"), &report)?;
        report::show()
    } else {
        Ok(())
    }
}
