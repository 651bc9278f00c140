//! A browser's own suite, where there is one.

use crate::support::{data, has, missing};
use std::process::Command;

#[test]
fn a_browser_finds_its_way() {
    if !has("node") {
        return missing("node");
    }
    if !has("chromium") {
        return missing("chromium");
    }
    for package in ["playwright-core", "axe-core"] {
        if !data("page/node_modules").join(package).is_dir() {
            return missing(&format!("{package} (npm ci in tests/page)"));
        }
    }
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .current_dir(data("page"))
        .env("SERVO_WEBHOOKS", env!("CARGO_BIN_EXE_servo-webhooks"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}
