//! The machine, and what else it did meanwhile.

use serde::{Deserialize, Serialize};
use std::fs;

/// On what was measured. Reads /proc: Linux alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// As the kernel names them.
    pub processor: String,
    /// Whether they have instructions for SHA-1.
    pub sha_instructions: bool,
    /// Its release.
    pub kernel: String,
    /// In MiB.
    pub memory: u64,
    /// The load average of the last minute, at the start.
    pub load_at_start: f64,
    /// Of all processors, the share that others took during the run.
    pub others: f64,
    /// Of all processors, the share that the hypervisor withheld.
    pub stolen: f64,
}

/// A moment, to look back at.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    load: f64,
    all: Ticks,
    own: u64,
}

#[derive(Clone, Copy, Debug)]
struct Ticks {
    total: u64,
    busy: u64,
    stolen: u64,
}

impl Since {
    /// Now.
    pub fn now() -> Self {
        Self {
            load: first(&read("/proc/loadavg")),
            all: Ticks::now(),
            own: own(),
        }
    }
}

impl Machine {
    /// What it is, and what it did since then. Children that have not ended count as
    /// others.
    pub fn observed(since: Since) -> Self {
        let (info, now) = (read("/proc/cpuinfo"), Ticks::now());
        let field = |name: &str| {
            let line = info.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(": "));
            value.map_or("", |(_, value)| value).to_owned()
        };
        let total = (now.total - since.all.total).max(1);
        let share = |ticks: u64| ticks as f64 / total as f64;
        let busy = now.busy - since.all.busy;
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: field("model name"),
            sha_instructions: field("flags").split(' ').any(|flag| flag == "sha_ni")
                || field("Features").split(' ').any(|flag| flag == "sha1"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            memory: memory(),
            load_at_start: since.load,
            others: share(busy.saturating_sub(own() - since.own)),
            stolen: share(now.stolen - since.all.stolen),
        }
    }
}

impl Ticks {
    fn now() -> Self {
        let stat = read("/proc/stat");
        let fields: Vec<u64> = stat
            .lines()
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(1)
            .map(|field| field.parse().unwrap_or_default())
            .collect();
        // user, nice, system, idle, iowait, irq, softirq, steal; see proc(5).
        let total = fields.iter().take(8).sum();
        Self {
            total,
            busy: total - fields[3] - fields[4] - fields[7],
            stolen: fields[7],
        }
    }
}

/// Of this process and its children that have ended.
fn own() -> u64 {
    super::process::ticks_of("self").iter().sum()
}

fn memory() -> u64 {
    let info = read("/proc/meminfo");
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    first(total.unwrap_or_default()) as u64 >> 10
}

fn first(text: &str) -> f64 {
    let word = text.split_whitespace().next();
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
