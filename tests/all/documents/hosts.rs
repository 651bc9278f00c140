//! The hosts that the README lists.

use super::Page;
use crate::support::root;

/// The one command for the tests of each host is a step that there is.
#[test]
fn each_host_has_a_command_for_its_tests() {
    let steps = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    let readme = Page::read("README.md").text;
    let (_, hosts) = readme.split_once("## Hosts\n").unwrap();
    let hosts = hosts.split("\n## ").next().unwrap();
    let mut found = 0;
    for rest in hosts.split("`.ci/run ").skip(1) {
        let step = rest.split('`').next().unwrap();
        assert!(steps.contains(&format!("\n{step}() {{\n")), "{step}");
        found += 1;
    }
    assert!(found >= 4, "{found}");
}
