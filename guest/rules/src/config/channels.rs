//! Names of pub/sub channels, and cycles between them.

use super::Webhook;
use super::fields::Fields;
use super::problem::Report;
use std::collections::{HashMap, HashSet};

/// The most characters of a channel's name, as in servox.
const LIMIT: usize = 253;

const WHAT: &str = "write for example the_news";

/// Reads a field with one channel or a list of them.
pub fn read(fields: &mut Fields<'_>, key: &str) -> Vec<String> {
    let mut channels: Vec<String> = Vec::new();
    for (path, text) in fields.texts(key, WHAT) {
        if !is_name(&text) {
            fields.error(&path, refusal());
        } else if channels.contains(&text) {
            fields.warning(
                &path,
                format!("\"{text}\" is listed twice and delivered once"),
            );
        } else {
            channels.push(text);
        }
    }
    channels
}

/// Reads a field with one channel.
pub fn read_one(fields: &mut Fields<'_>, key: &str) -> Option<String> {
    let text = fields.text(key)?;
    if !is_name(&text) {
        fields.error(key, refusal());
    }
    Some(text)
}

fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LIMIT
        && text.bytes().all(inner)
        && outer(text.bytes().next())
        && outer(text.bytes().last())
}

fn refusal() -> String {
    format!(
        "a channel is named by letters, digits, . - and _, starting and ending with a letter or digit, \
         at most {LIMIT} characters"
    )
}

/// An answer that is published on a channel must not lead back to that channel: it
/// could feed itself for ever.
pub fn refuse_cycles(webhooks: &[Webhook], report: &mut Report) {
    let mut listeners: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, webhook) in webhooks.iter().enumerate() {
        for channel in &webhook.channels {
            listeners.entry(channel).or_default().push(index);
        }
    }
    // Webhooks that lead to no cycle: each is looked at once.
    let mut cleared: HashSet<usize> = HashSet::new();
    for start in 0..webhooks.len() {
        if let Some(cycle) = walk(start, webhooks, &listeners, &mut cleared) {
            let first = cycle.first().copied().unwrap_or(start);
            let channels: Vec<&str> = cycle
                .iter()
                .filter_map(|index| webhooks[*index].response_channel.as_deref())
                .collect();
            let around = channels.last().copied().unwrap_or_default();
            report.error(
                &format!("/{first}/response_channel"),
                format!("an answer would feed itself for ever: {around} -> {}; publish on another channel", channels.join(" -> ")),
            );
        }
    }
}

/// Goes from answer to listener, depth first without recursion; a webhook met again on
/// the way closes a cycle.
fn walk(
    start: usize,
    webhooks: &[Webhook],
    listeners: &HashMap<&str, Vec<usize>>,
    cleared: &mut HashSet<usize>,
) -> Option<Vec<usize>> {
    let next = |index: usize| {
        let channel = webhooks[index].response_channel.as_deref();
        channel
            .and_then(|channel| listeners.get(channel))
            .map_or(&[][..], Vec::as_slice)
    };
    let mut way: Vec<(usize, usize)> = Vec::new();
    let mut on_way: HashSet<usize> = HashSet::new();
    if cleared.insert(start) {
        way.push((start, 0));
        on_way.insert(start);
    }
    let mut cycle = None;
    while let Some((index, turn)) = way.last_mut() {
        let Some(&listener) = next(*index).get(*turn) else {
            on_way.remove(index);
            way.pop();
            continue;
        };
        *turn += 1;
        if on_way.contains(&listener) {
            let from = way
                .iter()
                .position(|(index, _)| *index == listener)
                .unwrap_or(0);
            cycle.get_or_insert_with(|| way[from..].iter().map(|(index, _)| *index).collect());
        } else if cleared.insert(listener) {
            on_way.insert(listener);
            way.push((listener, 0));
        }
    }
    cycle
}
