//! Answers that are published on a channel must not lead back to that channel: one could
//! feed itself for ever.

use super::Webhook;
use super::problem::Report;
use std::collections::{HashMap, HashSet};

/// Channels that a message names, at most.
const NAMED: usize = 8;

/// From a channel, by a webhook that listens to it, to the channel of its answers.
#[derive(Clone, Copy)]
struct Step<'a> {
    from: &'a str,
    webhook: usize,
    to: &'a str,
}

/// Refuses every cycle, each at the first of its webhooks. A webhook is given with its index
/// in the document.
pub fn refuse(webhooks: &[(usize, Webhook)], report: &mut Report) {
    let mut order = Vec::new();
    let mut steps: HashMap<&str, Vec<Step<'_>>> = HashMap::new();
    for (index, webhook) in webhooks {
        let Some(to) = webhook.response_channel.as_deref() else {
            continue;
        };
        for from in &webhook.channels {
            order.push(from.as_str());
            steps.entry(from).or_default().push(Step {
                from,
                webhook: *index,
                to,
            });
        }
    }
    // Depth first, without recursion: each step is taken once. A channel is on the way
    // until all that follows it has been seen.
    let mut on_way: HashMap<&str, bool> = HashMap::new();
    let mut closed_by = HashSet::new();
    for start in order {
        if on_way.contains_key(start) {
            continue;
        }
        on_way.insert(start, true);
        let mut way: Vec<Step<'_>> = Vec::new();
        let mut turns = vec![(start, 0_usize)];
        while let Some((channel, turn)) = turns.last_mut() {
            let Some(step) = steps
                .get(channel)
                .and_then(|steps| steps.get(*turn))
                .copied()
            else {
                on_way.insert(channel, false);
                turns.pop();
                way.pop();
                continue;
            };
            *turn += 1;
            match on_way.get(step.to) {
                None => {
                    on_way.insert(step.to, true);
                    way.push(step);
                    turns.push((step.to, 0));
                }
                Some(true) if closed_by.insert(step.webhook) => {
                    let first = way
                        .iter()
                        .position(|step_of| step_of.from == step.to)
                        .unwrap_or(way.len());
                    add(&way[first..], step, report);
                }
                Some(_) => {}
            }
        }
    }
}

/// Reports the cycle of some steps and the one that closes it.
fn add(way: &[Step<'_>], last: Step<'_>, report: &mut Report) {
    let mut cycle: Vec<Step<'_>> = way.iter().copied().chain([last]).collect();
    let first = (0..cycle.len())
        .min_by_key(|place| cycle[*place].webhook)
        .unwrap_or(0);
    cycle.rotate_left(first);
    let start = cycle[0];
    let mut channels: Vec<&str> = cycle.iter().take(NAMED).map(|step| step.from).collect();
    if cycle.len() > NAMED {
        channels.push("...");
    }
    channels.push(start.from);
    report.error(
        &format!("/{}/response_channel", start.webhook),
        format!(
            "answers would feed themselves for ever: {}; publish them on another channel",
            channels.join(" -> ")
        ),
    );
}

#[cfg(test)]
mod tests {
    use crate::config::Problem;
    use crate::config::test_webhook::{LEFT_OUT, only, read, with};
    use serde_json::{Value as Json, json};

    fn relay(from: &Json, to: &str) -> Json {
        with(&json!({"events": LEFT_OUT, "channels": from, "response_channel": to}))
    }

    fn cycles(relays: &[(&str, &str)]) -> Vec<Problem> {
        let webhooks: Vec<Json> = relays
            .iter()
            .map(|(from, to)| relay(&json!(from), to))
            .collect();
        read(&webhooks).problems
    }

    #[test]
    fn chains_and_forks_end() {
        assert_eq!(
            cycles(&[("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("x", "d")]),
            []
        );
        assert_eq!(
            read(&[
                with(&json!({"response_channel": "a"})),
                relay(&json!("a"), "b")
            ])
            .problems,
            []
        );
    }

    #[test]
    fn a_channel_that_answers_itself() {
        let problem = only(read(&[relay(&json!(["x", "a"]), "a")]));
        assert_eq!(problem.path, "/0/response_channel");
        assert!(problem.message.contains(": a -> a;"), "{}", problem.message);
    }

    #[test]
    fn a_round_starts_at_its_first_webhook() {
        let problems = cycles(&[("in", "c"), ("a", "b"), ("x", "y"), ("b", "c"), ("c", "a")]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].path, "/1/response_channel");
        assert!(
            problems[0].message.contains(": a -> b -> c -> a;"),
            "{}",
            problems[0].message
        );
    }

    #[test]
    fn every_round_is_told() {
        let problems = cycles(&[
            ("a", "b"),
            ("b", "a"),
            ("b", "c"),
            ("c", "b"),
            ("d", "d"),
            ("d", "d"),
        ]);
        let paths: Vec<&str> = problems
            .iter()
            .map(|problem| problem.path.as_str())
            .collect();
        assert_eq!(
            paths,
            ["/0", "/2", "/4", "/5"].map(|path| format!("{path}/response_channel"))
        );
    }

    #[test]
    fn webhooks_that_are_silent_count() {
        let mut silent = relay(&json!("b"), "a");
        silent["enabled"] = json!(false);
        assert_eq!(read(&[relay(&json!("a"), "b"), silent]).problems.len(), 1);
    }

    #[test]
    fn a_broken_webhook_hides_no_round() {
        let problems = read(&[json!("broken"), relay(&json!("a"), "a")]).problems;
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[1].path, "/1/response_channel");
    }

    #[test]
    fn long_rounds_are_walked_once_and_cut() {
        let link = |index: usize| relay(&json!(format!("c{index}")), &format!("c{}", index + 1));
        let mut chain: Vec<Json> = (0..2000).map(link).collect();
        assert_eq!(read(&chain).problems, []);
        chain.push(relay(&json!("c2000"), "c0"));
        let problem = only(read(&chain));
        assert!(
            problem.message.contains("c0 -> c1 -> ") && problem.message.contains(" -> ... -> c0;")
        );
        assert!(problem.message.len() < 200, "{}", problem.message);
    }

    #[test]
    fn a_round_of_eight_is_told_whole() {
        let round = |length: usize| -> Vec<Json> {
            let to = |index: usize| format!("c{}", (index + 1) % length);
            (0..length)
                .map(|index| relay(&json!(format!("c{index}")), &to(index)))
                .collect()
        };
        let message = only(read(&round(8))).message;
        assert!(
            message.contains(": c0 -> c1 -> ") && message.contains("c7 -> c0;"),
            "{message}"
        );
        let message = only(read(&round(9))).message;
        assert!(message.contains("c7 -> ... -> c0;"), "{message}");
    }
}
