//! Colours, on a terminal alone: `NO_COLOR` and pipes are respected by anstream.

const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Something wrong.
pub fn error(text: &str) -> String {
    format!("{RED}{text}{RESET}")
}

/// Something as it should be.
pub fn good(text: &str) -> String {
    format!("{GREEN}{text}{RESET}")
}

/// Something to look at.
pub fn warning(text: &str) -> String {
    format!("{YELLOW}{text}{RESET}")
}

/// Something to find again.
pub fn bold(text: &str) -> String {
    format!("{BOLD}{text}{RESET}")
}
