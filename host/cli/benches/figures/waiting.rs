//! Deliveries that wait to be tried again: what they take of memory and of processors.

use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Curve, Figure, Goal, Growth, Measured};
use super::process;
use super::program::{self, Running};
use super::sink::Sink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Deliveries that wait in the end, and in how many steps they come.
const COUNT: usize = 100_000;
const STEPS: usize = 4;

/// How long it is watched while all of them wait.
const WATCHED: Duration = Duration::from_secs(3);

/// Webhooks that share a body.
const SHARING: usize = 10;

/// Measures the group.
pub fn measure(context: &Context) -> Measured {
    let mut measured = Measured::default();
    let folder = context.folder("waiting");
    let Some(sink) = Sink::start(&folder, 1) else {
        measured.skip(&format!("deliveries that wait: {NO_NGINX}"));
        return measured;
    };
    let body = program::recorded(&folder, "after:adjust", 1000).body.len();
    let [alone, shared] = [1, SHARING].map(|sharing| wait(&folder, &sink, sharing));
    let each = |waited: &Waited, sharing: usize| {
        let (_, first) = waited.resident[0];
        let (_, last) = waited.resident[STEPS];
        (last - first) / COUNT as f64 - body as f64 / sharing as f64
    };
    let beyond = [each(&alone, 1), each(&shared, SHARING)];
    let goal = Goal::at_most(1024.0);
    measured.figures = vec![
        Figure::new("a waiting delivery, beyond its body", "B", &beyond[..1]).goal(goal),
        Figure::new("the same, 10 webhooks sharing each body", "B", &beyond[1..]).goal(goal),
        // A thousandth of a processor is what cannot be told from none.
        Figure::new("processor while 100,000 wait", "us/s", &[alone.busy])
            .beside("before they came", &[alone.idle])
            .goal(Goal::at_most(1000.0)),
    ];
    let curve = |name: &str, waited: Waited| Curve {
        name: name.to_owned(),
        points: waited
            .resident
            .into_iter()
            .map(|(count, bytes)| (count as f64, bytes / 1e6))
            .collect(),
    };
    measured.growth.push(Growth {
        name: "resident memory, MB".to_owned(),
        with: "deliveries that wait".to_owned(),
        logarithmic: (false, false),
        curves: vec![
            curve("one webhook", alone),
            curve("10 webhooks share each body", shared),
        ],
    });
    measured
}

/// What was seen.
struct Waited {
    /// Deliveries that waited, and bytes of memory.
    resident: Vec<(usize, f64)>,
    /// Microseconds of a processor in a second: before they came, and while they waited.
    idle: f64,
    busy: f64,
}

fn wait(folder: &Path, sink: &Sink, sharing: usize) -> Waited {
    let url = sink.url("/busy");
    let all = std::iter::repeat_n(("after:adjust", url.as_str()), sharing);
    let yaml = events::configuration(all, ", backoff: {max_tries: 3, max_time: 1h}");
    std::fs::write(folder.join("servo.yaml"), yaml).unwrap();
    let mut command = program::run(folder, "-", "fresh");
    command
        .args(["--breaker-hold", "0s", "--max-waiting", "1000000"])
        .args(["--max-waiting-mib", "1024"]);
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    let mut running = Running::start(&mut command, move |line| {
        assert!(line.contains(r#""type":"event""#), "{line}");
        counted.fetch_add(1, Ordering::Relaxed);
    });
    running.until_idle();
    let idle = watch(&running);
    let mut resident = vec![(0, process::resident(running.id()))];
    let line = events::line("after:adjust", "", 1000);
    for step in 1..=STEPS {
        for _ in 0..COUNT / STEPS / sharing {
            running.feed(&line);
        }
        running.until_idle();
        let count = COUNT / STEPS * step;
        assert_eq!(accepted.load(Ordering::Relaxed), count / sharing);
        resident.push((count, process::resident(running.id())));
    }
    let busy = watch(&running);
    Waited {
        resident,
        idle,
        busy,
    }
}

fn watch(running: &Running) -> f64 {
    let before = process::scheduled(running.id());
    std::thread::sleep(WATCHED);
    let nanoseconds = process::scheduled(running.id()) - before;
    nanoseconds as f64 / 1e3 / WATCHED.as_secs_f64()
}
