//! `NO_PROXY`: which targets are asked for without a proxy.

use super::super::egress::is_host_name;
use ipnet::IpNet;
use rules::sanitize::sanitize;
use std::net::IpAddr;

/// What an item may be.
const WRITE: &str = "write names, .NAME, *.NAME, *, addresses or CIDRs, each with or without :PORT, separated by commas";

/// The targets that are excepted.
#[derive(Debug, Default)]
pub(super) struct Exceptions(Vec<Exception>);

#[derive(Debug, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    /// None: any.
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// The name, and all below it.
    Name(String),
    /// All below a name, and not the name.
    Below(String),
    Network(IpNet),
}

impl Exceptions {
    /// Reads a list, separated by commas or blanks.
    ///
    /// # Errors
    /// Which item cannot be read, and what to write.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let separates = |char: char| char == ',' || char.is_whitespace();
        text.split(separates)
            .filter(|item| !item.is_empty())
            .enumerate()
            .map(|(place, item)| Exception::parse(item).ok_or_else(|| unread(place + 1, item)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a target is excepted; an address may stand in brackets.
    pub(super) fn contain(&self, host: &str, port: u16) -> bool {
        let name = plain(host.trim_matches(['[', ']']));
        let address = name.parse::<IpAddr>().ok();
        self.0.iter().any(|exception| {
            exception.port.is_none_or(|expected| expected == port)
                && exception.hosts.contain(&name, address)
        })
    }
}

impl Exception {
    fn parse(item: &str) -> Option<Self> {
        let any = |hosts| Self { hosts, port: None };
        if let Some(network) = network(item) {
            return Some(any(Hosts::Network(network)));
        }
        if let Some(hosts) = name(item) {
            return Some(any(hosts));
        }
        let (hosts, port) = item.rsplit_once(':')?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|port| digits && *port > 0)?;
        let hosts = match network(hosts) {
            // Without brackets nobody can tell where the address ends.
            Some(IpNet::V6(_)) if !hosts.starts_with('[') => return None,
            Some(network) => Hosts::Network(network),
            None => name(hosts)?,
        };
        Some(Self {
            hosts,
            port: Some(port),
        })
    }
}

impl Hosts {
    fn contain(&self, name: &str, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::All, _) => true,
            (Self::Network(network), Some(address)) => {
                network.contains(&address) || network.contains(&address.to_canonical())
            }
            (Self::Name(own), None) => name == own || is_below(name, own),
            (Self::Below(own), None) => is_below(name, own),
            _ => false,
        }
    }
}

/// An address or a CIDR, an address of IPv6 with or without brackets.
fn network(text: &str) -> Option<IpNet> {
    let (address, length) = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, behind) = rest.split_once(']')?;
            match (inside.split_once('/'), behind.strip_prefix('/')) {
                (Some((address, length)), None) if behind.is_empty() => (address, Some(length)),
                (None, Some(length)) => (inside, Some(length)),
                (None, None) if behind.is_empty() => (inside, None),
                _ => return None,
            }
        }
        None => match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        },
    };
    if text.starts_with('[') && !address.contains(':') {
        return None;
    }
    // Addresses that are looked for have no trailing dot.
    let address: IpAddr = plain(address).parse().ok()?;
    match length {
        None => Some(address.to_canonical().into()),
        Some(length) => IpNet::new(address, length.parse().ok()?)
            .ok()
            .map(|network| network.trunc()),
    }
}

fn name(text: &str) -> Option<Hosts> {
    if text == "*" {
        return Some(Hosts::All);
    }
    let (below, text) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('.').unwrap_or(text)),
    };
    let name = is_host_name(text).then(|| plain(text))?;
    Some(if below {
        Hosts::Below(name)
    } else {
        Hosts::Name(name)
    })
}

fn is_below(name: &str, own: &str) -> bool {
    name.strip_suffix(own)
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn unread(place: usize, item: &str) -> String {
    // A URL may hold credentials.
    if item.contains('@') || item.contains("://") {
        return format!("its item {place} is a URL; {WRITE}");
    }
    format!(
        "its item {place}, {:?}, cannot be read; {WRITE}",
        sanitize(item)
    )
}

#[cfg(test)]
mod tests;
