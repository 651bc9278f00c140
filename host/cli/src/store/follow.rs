//! `--follow`: goes on until a signal comes or nobody reads.

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::{setup, signals};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Lets `look` write what is new, again and again.
pub fn run(mut look: impl FnMut(&Output) -> Result<(), Failure>) -> Result<Exit, Failure> {
    let runtime = setup::runtime()?;
    let output = Output::start()?;
    signals::works();
    let exit = runtime.block_on(async {
        let mut signals = signals::Signals::new();
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let looking = async {
            loop {
                ticks.tick().await;
                output.room().await;
                if let Err(failure) = look(&output) {
                    return failure;
                }
            }
        };
        let (interrupted, failure) = tokio::select! {
            failure = looking => (false, Some(failure)),
            () = output.closed() => (false, None),
            _ = signals.next() => (true, None),
        };
        let written = output.finish(&mut signals, interrupted).await;
        match failure {
            Some(failure) => Err(failure),
            None if written.is_err() || output.is_closed() => Ok(Exit::Failed),
            None => Ok(Exit::Done),
        }
    });
    runtime.shutdown_background();
    exit
}
