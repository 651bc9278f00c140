//! Processes: what they take of time, processors and memory, from /proc.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Of the processors' time in /proc, on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Wall and processor time of a command that ran to its end.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// From its start to its end.
    pub wall: Duration,
    /// Of all its threads, in steps of 10 ms.
    pub processor: Duration,
}

impl Cost {
    /// So many a second.
    pub fn rate(self, count: usize) -> f64 {
        count as f64 / self.wall.as_secs_f64()
    }

    /// Microseconds of a processor for each.
    pub fn micros(self, count: usize) -> f64 {
        self.processor.as_secs_f64() * 1e6 / count as f64
    }
}

/// Runs a command to its end; nothing else may end meanwhile.
pub fn cost(command: &mut Command) -> Cost {
    let (started, before) = (Instant::now(), of_children());
    let status = command.stdout(Stdio::null()).status().unwrap();
    let wall = started.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    Cost {
        wall,
        processor: of_children() - before,
    }
}

fn of_children() -> Duration {
    let [_, _, user, system] = ticks_of("self");
    TICK * u32::try_from(user + system).unwrap()
}

/// User and system time of a process, then those of its children that have ended.
pub fn ticks_of(process: &str) -> [u64; 4] {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<u64> = after_name
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    // The state is the first here; see proc(5).
    [fields[11], fields[12], fields[13], fields[14]]
}

/// Processor time of the threads that a process has now, in nanoseconds.
pub fn scheduled(process: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        .map(|task| {
            // One may just have ended.
            let text = fs::read_to_string(task.unwrap().path().join("schedstat"));
            let first = text.unwrap_or_default();
            let word = first.split(' ').next().and_then(|word| word.parse().ok());
            word.unwrap_or(0_u64)
        })
        .sum()
}

/// Bytes of memory that a process has now.
pub fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes * 1024.0
}

/// Whether a command is there; says why it is wanted if not.
pub fn has(command: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps nginx where only root looks.
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .any(|folder| folder.join(command).is_file())
}
