//! Variables that begin as ours do, and that nobody reads.

use super::{PREFIX, all, command, names};
use rules::suggestion::nearest;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Variables that are no options: the token, what our service reads when it is held, what
/// the starting configuration refers to, and what the build of this program reads.
const OTHERS: [&str; 5] = [
    "SERVO_WEBHOOKS_TOKEN",
    "SERVO_WEBHOOKS_BOUND",
    "SERVO_WEBHOOKS_SECRET",
    "SERVO_WEBHOOKS_COMPONENT",
    "SERVO_WEBHOOKS_SERVICE",
];

/// Warns once of variables that begin as ours do and that nobody reads: neither this
/// program, nor its configuration, which refers to some by name.
pub fn warn_of_unknown<'a>(referred: impl IntoIterator<Item = &'a str>) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if WARNED.swap(true, Ordering::Relaxed) {
        return;
    }
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for warning in unknown(set, &referred.into_iter().collect()) {
        tracing::warn!("{warning}");
    }
}

pub(super) fn unknown(set: impl Iterator<Item = String>, referred: &BTreeSet<&str>) -> Vec<String> {
    let command = command();
    let mut known: BTreeSet<String> = all(&command).into_iter().flat_map(names).collect();
    known.extend(OTHERS.map(str::to_owned));
    let stranger = |name: &String| {
        name.strip_prefix(PREFIX)
            .is_some_and(|rest| !is_of_kubernetes(rest))
            && !known.contains(name)
            && !referred.contains(name.as_str())
    };
    let mut strangers: Vec<String> = set.filter(stranger).collect();
    strangers.sort_unstable();
    strangers
        .into_iter()
        .map(|name| {
            let ends = known.iter().filter_map(|name| name.strip_prefix(PREFIX));
            let hint = match nearest(&name[PREFIX.len()..], ends) {
                Some(meant) => format!("did you mean {PREFIX}{meant}?"),
                None => "the options of --help say which there are".to_owned(),
            };
            let name = rules::sanitize::sanitize(&name);
            format!("the variable {name} is unknown and has no effect; {hint}")
        })
        .collect()
}

/// Whether Kubernetes sets it for a Service of our name (`SERVO_WEBHOOKS_SERVICE_HOST`).
fn is_of_kubernetes(rest: &str) -> bool {
    rest == "PORT"
        || rest == "SERVICE_HOST"
        || rest.starts_with("PORT_")
        || rest.starts_with("SERVICE_PORT")
}
