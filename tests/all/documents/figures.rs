//! The figures that the documents show.

#[path = "../../../host/cli/benches/figures/figure.rs"]
#[allow(dead_code, reason = "a part of it shows what the rest measured")]
mod figure;
#[path = "../../../host/cli/benches/figures/table.rs"]
#[allow(dead_code, reason = "see above")]
mod table;

use super::Page;
use crate::support::root;

#[test]
fn the_figures_are_those_that_were_measured() {
    let results = root().join("host/cli/benches/results/figures.json");
    let measured: figure::Measured =
        serde_json::from_str(&std::fs::read_to_string(results).unwrap()).unwrap();
    assert!(!measured.figures.is_empty());
    let all = Page::read("docs/figures.md").text;
    assert!(all.contains(&table::markdown(&measured.figures)));
    let few = table::of_the_readme(&measured.figures);
    assert!(!few.is_empty());
    let readme = Page::read("README.md").text;
    assert!(readme.contains(&table::markdown(&few)));
}
