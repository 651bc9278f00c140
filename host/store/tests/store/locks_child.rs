//! A process that has a store and does nothing.

use crate::say;
use crate::support::open;
use std::path::Path;
use std::time::Duration;

pub fn holds(directory: &Path) {
    let (_store, _) = open(directory);
    say!("open");
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}
