//! The variables of a held component: those that are named, and one about the door.

use anyhow::{Context, bail, ensure};
use std::env::VarError;

/// The door checks it: a component never sees it.
const TOKEN: &str = "SERVO_WEBHOOKS_TOKEN";

/// Tells our own service that whoever comes was let in: only the door reaches it.
const BOUND: (&str, &str) = ("SERVO_WEBHOOKS_BOUND", "loopback");

/// The variables of `--env NAME` and `--env NAME=VALUE`; of one name the last counts.
pub fn given(named: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let mut given = vec![(BOUND.0.to_owned(), BOUND.1.to_owned())];
    for item in named {
        let (name, value) = match item.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (item.as_str(), from_here(item)?),
        };
        ensure!(!name.is_empty(), "--env: write NAME or NAME=VALUE");
        if name == TOKEN {
            bail!(
                "--env {TOKEN}: the token is asked for before a request reaches the component, which is not shown it; leave this out"
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
        Err(VarError::NotPresent) => Err(VarError::NotPresent)
            .with_context(|| format!("--env {name}: set it, or write --env {name}=VALUE")),
        Err(VarError::NotUnicode(_)) => bail!("--env {name}: its value is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(items: &[&str]) -> anyhow::Result<Vec<(String, String)>> {
        given(&items.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_component_has_what_is_named() {
        let bound = ("SERVO_WEBHOOKS_BOUND".to_owned(), "loopback".to_owned());
        assert_eq!(named(&[]).unwrap(), [bound.clone()]);
        let a = ("A".to_owned(), "2=3".to_owned());
        assert_eq!(named(&["A=1", "A=2=3"]).unwrap(), [bound, a]);
        let own = ("SERVO_WEBHOOKS_BOUND".to_owned(), String::new());
        assert_eq!(named(&["SERVO_WEBHOOKS_BOUND="]).unwrap(), [own]);
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
