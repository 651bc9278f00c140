//! Headers that a webhook may not set, since they belong to somebody else. `User-Agent` is its
//! own.

/// To whom a header belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It says to which host the request goes.
    Url,
    /// It says how a request is carried.
    Transport,
    /// It says what the body is.
    Format,
    /// It is one of this protocol's.
    Protocol,
    /// It signs the request.
    Signature,
}

const NAMES: [(&str, Owner); 14] = [
    ("host", Owner::Url),
    ("accept-encoding", Owner::Transport),
    ("connection", Owner::Transport),
    ("cookie", Owner::Transport),
    ("date", Owner::Transport),
    ("expect", Owner::Transport),
    ("forwarded", Owner::Transport),
    ("http2-settings", Owner::Transport),
    ("keep-alive", Owner::Transport),
    ("te", Owner::Transport),
    ("trailer", Owner::Transport),
    ("transfer-encoding", Owner::Transport),
    ("upgrade", Owner::Transport),
    ("via", Owner::Transport),
];

/// Beginnings of names.
const FAMILIES: [(&str, Owner); 6] = [
    ("ce-", Owner::Format),
    ("content-", Owner::Format),
    ("proxy-", Owner::Transport),
    ("webhook-", Owner::Signature),
    ("x-forwarded-", Owner::Transport),
    ("x-servo-", Owner::Protocol),
];

/// To whom a header belongs that a webhook may not set; none if it may.
#[must_use]
pub fn owner(name: &str) -> Option<Owner> {
    let name = name.to_ascii_lowercase();
    let named = NAMES.iter().find(|(known, _)| name == *known);
    let family = || FAMILIES.iter().find(|(start, _)| name.starts_with(start));
    named.or_else(family).map(|(_, owner)| *owner)
}

#[cfg(test)]
mod tests {
    use super::{Owner, owner};

    #[test]
    fn names_and_families_in_any_case() {
        for (name, expected) in [
            ("Host", Some(Owner::Url)),
            ("TE", Some(Owner::Transport)),
            ("Proxy-Authorization", Some(Owner::Transport)),
            ("content-type", Some(Owner::Format)),
            ("CE-id", Some(Owner::Format)),
            ("X-Servo-Event", Some(Owner::Protocol)),
            ("Webhook-Id", Some(Owner::Signature)),
            ("User-Agent", None),
            ("X-Host", None),
            ("Tea", None),
            ("Webhook", None),
        ] {
            assert_eq!(owner(name), expected, "{name}");
        }
    }
}
