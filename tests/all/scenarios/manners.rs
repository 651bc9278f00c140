//! What holds for every request, whatever a scenario expects of it.

use super::comparison::difference;
use super::requests::header;
use super::story::Story;
use crate::support::responder::Received;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a request has by itself.
pub fn of_each(story: &Story, request: &Received) -> Vec<String> {
    let place = format!(
        "{} {}",
        request.path,
        header(request, "x-servo-attempt").unwrap_or("without X-Servo-Attempt")
    );
    let mut wrong = Vec::new();
    let mut hold = |holds: bool, expected: &str, found: &str| {
        if !holds {
            wrong.push(difference(&place, expected, found));
        }
    };
    hold(request.method == "POST", "POST", &request.method);
    for (name, _) in &request.headers {
        let once = header(request, name).is_some();
        hold(once, &format!("{name} once"), "more than once");
    }
    let id = header(request, "x-servo-delivery").unwrap_or_default();
    let is_v7 = uuid::Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7);
    hold(is_v7, "X-Servo-Delivery is a UUIDv7", id);
    let timeout = header(request, "x-servo-timeout");
    let before = header(request, "x-servo-event").is_some_and(|event| event.starts_with("before:"));
    let fits = |text: &str| {
        let limit = limit(story, &request.path);
        text.parse::<u64>()
            .is_ok_and(|found| (1..=limit).contains(&found))
    };
    let as_it_should = if before {
        timeout.is_some_and(fits)
    } else {
        timeout.is_none()
    };
    hold(
        as_it_should,
        "X-Servo-Timeout before an event alone, within timeout and budget",
        timeout.unwrap_or("none"),
    );
    wrong
}

/// The milliseconds that an answer to a path has at most.
fn limit(story: &Story, path: &str) -> u64 {
    let url = format!("{{responder}}{path}");
    let here = story
        .list("webhooks")
        .iter()
        .filter(|webhook| webhook["url"] == url.as_str());
    let timeout = here
        .map(|webhook| milliseconds(&webhook["timeout"], 5_000))
        .max()
        .unwrap_or(u64::MAX);
    let budget = story
        .option("before_budget")
        .map(Value::from)
        .unwrap_or_default();
    timeout.min(milliseconds(&budget, 30_000))
}

/// Durations as scenarios write them where an event waits: `300ms` or `2s`.
fn milliseconds(written: &Value, left_out: u64) -> u64 {
    let Some(text) = written.as_str() else {
        assert!(written.is_null(), "write {written} as 300ms or 2s");
        return left_out;
    };
    let milliseconds = text.strip_suffix("ms").map(|number| (number, 1));
    let (number, unit) = milliseconds
        .or(text.strip_suffix('s').map(|number| (number, 1_000)))
        .unwrap();
    number.parse::<u64>().unwrap() * unit
}

/// The attempts of a delivery go to one place, count from 1 and carry the same; different
/// deliveries have different ids.
pub fn of_deliveries(received: &[Received]) -> Vec<String> {
    let mut by_id: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
    for request in received {
        by_id
            .entry(header(request, "x-servo-delivery").unwrap_or_default())
            .or_default()
            .push(request);
    }
    let mut wrong = Vec::new();
    for attempts in by_id.values() {
        let first = attempts[0];
        for (at, attempt) in attempts.iter().enumerate() {
            let place = format!("{} attempt {}", attempt.path, at + 1);
            if header(attempt, "x-servo-attempt") != Some(&(at + 1).to_string()) {
                let came = header(attempt, "x-servo-attempt").unwrap_or("none");
                wrong.push(difference(
                    &place,
                    "X-Servo-Attempt counts from 1 for each delivery",
                    came,
                ));
            }
            let same = |name| header(attempt, name) == header(first, name);
            if attempt.path != first.path || attempt.body != first.body || !same("x-servo-event") {
                wrong.push(difference(
                    &place,
                    "the same path, event and body on every attempt",
                    "others",
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Version;
    use serde_json::json;
    use std::time::Instant;

    const ID: &str = "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071";

    fn request(path: &str, headers: &[(&str, &str)]) -> Received {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Received {
            method: "POST".to_owned(),
            path: path.to_owned(),
            version: Version::HTTP_11,
            headers: headers.iter().map(owned).collect(),
            body: Bytes::new(),
            at: Instant::now(),
        }
    }

    fn attempt(path: &str, number: &str, event: &str) -> Received {
        let headers = [
            ("x-servo-delivery", ID),
            ("x-servo-attempt", number),
            ("x-servo-event", event),
        ];
        request(path, &headers)
    }

    #[test]
    fn bad_manners_of_one_request() {
        let story = Story::from(json!({
            "name": "n", "before_budget": "2s", "webhooks": [{"url": "{responder}/a", "timeout": "300ms"}, {"url": "{responder}/b"}],
        }));
        let count = |request: &Received| of_each(&story, request).len();
        let before = |path: &str, timeout: &str| {
            let headers = [
                ("x-servo-delivery", ID),
                ("x-servo-event", "before:a"),
                ("x-servo-timeout", timeout),
            ];
            count(&request(path, &headers))
        };
        assert_eq!(count(&attempt("/a", "1", "after:a")), 0);
        for (path, timeout) in [("/a", "1"), ("/a", "300"), ("/b", "2000")] {
            assert_eq!(before(path, timeout), 0, "{path} {timeout}");
        }
        for (path, timeout) in [
            ("/a", "0"),
            ("/a", "301"),
            ("/a", "-1"),
            ("/a", "1.5"),
            ("/b", "2001"),
            ("/b", ""),
        ] {
            assert_eq!(before(path, timeout), 1, "{path} {timeout}");
        }
        assert_eq!(
            count(&attempt("/a", "1", "before:a")),
            1,
            "no timeout before an event"
        );
        let mut after = attempt("/a", "1", "after:a");
        after
            .headers
            .push(("x-servo-timeout".to_owned(), "5".to_owned()));
        assert_eq!(count(&after), 1, "a timeout after an event");
        let mut get = attempt("/a", "1", "after:a");
        get.method = "GET".to_owned();
        assert_eq!(count(&get), 1, "another method");
        for id in ["", "d-1", "1b4e28ba-2fa1-41d2-883f-0016d3cca427"] {
            assert_eq!(
                count(&request("/a", &[("x-servo-delivery", id)])),
                1,
                "{id}"
            );
        }
        let twice = [("x-servo-delivery", ID), ("x-team", "a"), ("x-team", "b")];
        assert_eq!(
            count(&request("/a", &twice)),
            2,
            "a header that came twice, told for each"
        );
    }

    #[test]
    fn bad_manners_of_a_delivery() {
        let first = || attempt("/a", "1", "after:a");
        assert!(of_deliveries(&[first(), attempt("/a", "2", "after:a")]).is_empty());
        for second in [
            attempt("/a", "1", "after:a"),
            attempt("/a", "3", "after:a"),
            attempt("/b", "2", "after:a"),
            attempt("/a", "2", "after:b"),
        ] {
            assert_eq!(
                of_deliveries(&[first(), second.clone()]).len(),
                1,
                "{second:?}"
            );
        }
        assert_eq!(of_deliveries(&[attempt("/a", "2", "after:a")]).len(), 1);
        let mut changed = attempt("/a", "2", "after:a");
        changed.body = Bytes::from_static(b"x");
        assert_eq!(of_deliveries(&[first(), changed]).len(), 1);
    }
}
