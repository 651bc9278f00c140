//! The pictures of the documents: scripts draw them.

use super::pages;
use crate::support::{has, missing, root};
use std::process::Command;

#[test]
fn each_picture_is_what_its_script_draws() {
    if !has("python3") {
        return missing("python3");
    }
    let folder = root().join("docs/pictures");
    let mut drawn = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let script = entry.unwrap().path();
        if script.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let check = Command::new("python3").arg(&script).arg("--check").output();
        let output = check.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", script.display());
        drawn += 1;
    }
    assert!(drawn >= 2, "{drawn} scripts");
}

/// Those that a browser took are small, come light and dark, and are used.
#[test]
fn each_screenshot_is_small_and_on_a_page() {
    let mut shown = 0;
    for entry in std::fs::read_dir(root().join("docs/pictures")).unwrap() {
        let picture = entry.unwrap().path();
        if picture
            .extension()
            .is_none_or(|extension| extension != "png")
        {
            continue;
        }
        let name = picture.file_name().unwrap().to_str().unwrap();
        let size = picture.metadata().unwrap().len();
        assert!(size < 60_000, "{name}: {size} bytes");
        let other = match name.contains("-light") {
            true => name.replace("-light", "-dark"),
            false => name.replace("-dark", "-light"),
        };
        assert!(
            other != name && picture.with_file_name(&other).is_file(),
            "{name}"
        );
        let mut pages = pages().into_iter();
        let is_shown = pages.any(|page| page.text.contains(&format!("pictures/{name}")));
        assert!(is_shown, "{name} is on no page");
        shown += 1;
    }
    assert!(shown >= 4, "{shown} screenshots");
}

/// A picture follows the colour scheme of the page, is small, and is used.
#[test]
fn each_picture_fits_light_pages_and_dark_ones() {
    let mut shown = 0;
    for entry in std::fs::read_dir(root().join("docs/pictures")).unwrap() {
        let picture = entry.unwrap().path();
        if picture
            .extension()
            .is_none_or(|extension| extension != "svg")
        {
            continue;
        }
        let text = std::fs::read_to_string(&picture).unwrap();
        let name = picture.file_name().unwrap().to_str().unwrap();
        assert!(text.contains("prefers-color-scheme: dark"), "{name}");
        assert!(text.len() < 8_192, "{name}: {} bytes", text.len());
        let mut pages = pages().into_iter();
        let is_shown = pages.any(|page| page.text.contains(&format!("pictures/{name}")));
        assert!(is_shown, "{name} is on no page");
        shown += 1;
    }
    assert!(shown >= 2, "{shown} pictures");
}
