#![allow(clippy::unwrap_used)]
use super::*;
use std::os::unix::fs::PermissionsExt;

const EVENT: &str = r#"{"event":"after:a","id":"i","created_at":"2026-11-23T11:23:42+00:00"}"#;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn lines_are_added_once_and_for_one_webhook_each() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failed");
    let open = || FailedFile::open(&path, None, "web").unwrap();
    let file = open();
    file.add(EVENT, Some("a \"b\""), 0);
    file.add(EVENT, None, 7);
    file.add(EVENT, None, 7);
    // The same id at another time is another delivery.
    let later = EVENT.replace("2026", "2027");
    file.add(&later, None, 7);
    assert!(file.finish());
    let named = r#","source":"web","webhook":"a \"b\""}"#;
    let indexed = r#","source":"web","webhook":7}"#;
    let open_event = EVENT.strip_suffix('}').unwrap();
    let open_later = later.strip_suffix('}').unwrap();
    let all = format!("{open_event}{named}\n{open_event}{indexed}\n{open_later}{indexed}\n");
    assert_eq!(read(&path), all);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The next run knows them; a line that was cut is ended.
    std::fs::write(&path, format!("{all}{{\"event")).unwrap();
    let file = open();
    file.add(EVENT, None, 7);
    file.add_untold(&Input::parse(EVENT).unwrap());
    assert!(file.finish());
    assert_eq!(
        read(&path),
        format!(
            "{all}{{\"event\n{open_event},\"parameters\":{{}},\"results\":[],\"source\":\"web\"}}\n"
        )
    );
}

#[test]
fn what_cannot_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path, events: &Path| FailedFile::open(path, Some(events), "").err();
    let nowhere = Path::new("/nonexistent");
    let refused = open(folder.path(), nowhere).unwrap();
    assert!(format!("{refused:#}").contains("--failed"), "{refused:#}");
    let refused = open(Path::new("/dev/null"), nowhere).unwrap();
    assert!(format!("{refused:#}").contains("regular"), "{refused:#}");
    let path = folder.path().join("events");
    std::fs::write(&path, "").unwrap();
    let refused = open(&path, &path).unwrap();
    assert!(format!("{refused:#}").contains("another"), "{refused:#}");
}
