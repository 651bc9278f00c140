//! The variables of a handler: those that are named, and two about the frontend.

use anyhow::{bail, ensure};
use std::env::VarError;

/// The frontend checks it: a component never sees it.
const TOKEN: &str = "SERVO_WEBHOOKS_TOKEN";

/// Tells our own service that whoever comes was let in: only the frontend reaches it.
const BOUND: (&str, &str) = ("SERVO_WEBHOOKS_BOUND", "loopback");

/// Tells it how large an event the frontend lets through.
const MAX_EVENT: &str = "SERVO_WEBHOOKS_MAX_EVENT_MIB";

/// The names in `--env NAME` and `--env NAME=VALUE`.
pub fn named(given: &[String]) -> impl Iterator<Item = &str> {
    given
        .iter()
        .flat_map(|item| items(item))
        .map(|item| item.split('=').next().unwrap_or_default())
}

/// Names may share an item, with commas, as they must in a variable.
fn items(item: &str) -> impl Iterator<Item = &str> {
    let separator = if item.contains('=') { '\0' } else { ',' };
    item.split(separator)
}

/// The variables of `--env NAME` and `--env NAME=VALUE`; of one name the last counts.
pub fn given(named: &[String], max_event_mib: u8) -> anyhow::Result<Vec<(String, String)>> {
    let mut given = vec![
        (BOUND.0.to_owned(), BOUND.1.to_owned()),
        (MAX_EVENT.to_owned(), max_event_mib.to_string()),
    ];
    for item in named.iter().flat_map(|item| items(item)) {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (item, from_here(item)?),
        };
        ensure!(!name.is_empty(), "--env: write NAME or NAME=VALUE");
        if name == TOKEN {
            bail!(
                "--env {TOKEN}: the token is checked before a request reaches the handler, which never sees it; leave this out"
            );
        }
        given.retain(|(known, _)| known != name);
        given.push((name.to_owned(), value));
    }
    Ok(given)
}

fn from_here(name: &str) -> anyhow::Result<String> {
    ensure!(!name.contains('\0'), "--env: a name has no NUL");
    match std::env::var(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => {
            bail!("--env {name}: is not set; write --env {name}=VALUE to give it a value here")
        }
        Err(VarError::NotUnicode(_)) => bail!("--env {name}: its value is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(items: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
        let items: Vec<_> = items.iter().map(ToString::to_string).collect();
        given(&items, 2)
    }

    #[test]
    fn a_component_has_what_is_named() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let bound = pair("SERVO_WEBHOOKS_BOUND", "loopback");
        let most = pair("SERVO_WEBHOOKS_MAX_EVENT_MIB", "2");
        assert_eq!(named(&[]).unwrap(), [bound.clone(), most.clone()]);
        let stated = named(&["A=1", "A=2=3"]).unwrap();
        assert_eq!(stated, [bound, most.clone(), pair("A", "2=3")]);
        let own = pair("SERVO_WEBHOOKS_BOUND", "");
        assert_eq!(named(&["SERVO_WEBHOOKS_BOUND="]).unwrap(), [most, own]);
        for wrong in [
            "",
            "=1",
            "SERVO_WEBHOOKS_TOKEN=t",
            "NOT_SET_ANYWHERE",
            "a\0",
        ] {
            assert!(named(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
