//! Every link within the project resolves: the file exists, and so does the heading.

use super::{Page, pages};
use crate::support::root;
use std::path::{Component, Path, PathBuf};

/// Pages other than the README and `docs`.
const OTHERS: [&str; 15] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "SECURITY.md",
    "guest/connector/README.md",
    "guest/service/README.md",
    "host/node/README.md",
    "host/python-minimal/README.md",
    "host/servox/MIGRATING.md",
    "host/servox/README.md",
    "host/cli/benches/README.md",
    "tests/captures/README.md",
    "tests/scenarios/README.md",
    "tests/vectors/README.md",
    "wit/README.md",
];

/// The anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ if letter.is_alphanumeric() => Some(letter),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn anchors(page: &Page) -> Vec<String> {
    let headings = page.prose().into_iter().filter_map(|line| {
        let heading = line.trim_start_matches('#');
        (heading.len() < line.len() && heading.starts_with(' ')).then(|| anchor(heading))
    });
    headings.collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leads out", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn each_link_leads_somewhere() {
    let mut all = pages();
    all.extend(OTHERS.map(Page::read));
    let mut found = 0;
    let mut broken = Vec::new();
    for page in &all {
        let folder = Path::new(&page.name).parent().unwrap();
        let prose = page.prose().join("\n");
        let links = prose.split("](").skip(1);
        for link in links.map(|rest| rest.split(')').next().unwrap()) {
            if link.starts_with("http") {
                continue;
            }
            found += 1;
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => PathBuf::from(&page.name),
                file => plain(&folder.join(file)),
            };
            if !root().join(&target).exists() {
                broken.push(format!("{}: no {link}", page.name));
            } else if !fragment.is_empty() {
                let target = Page::read(target.to_str().unwrap());
                if !anchors(&target).iter().any(|anchor| anchor == fragment) {
                    broken.push(format!("{}: no heading of {link}", page.name));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(found > 100, "{found} links");
}

/// Every page of `docs` can be found from the README.
#[test]
fn each_page_is_linked_from_the_readme() {
    let readme = Page::read("README.md").text;
    for page in pages().iter().skip(1) {
        assert!(
            readme.contains(&format!("({})", page.name)),
            "{}",
            page.name
        );
    }
}

#[test]
fn headings_have_the_names_that_github_gives_them() {
    assert_eq!(anchor(" Life of a delivery"), "life-of-a-delivery");
    assert_eq!(anchor(" `POST /events`"), "post-events");
    assert_eq!(
        anchor(" Try `explain`, first-hand"),
        "try-explain-first-hand"
    );
}
