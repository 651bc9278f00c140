//! The rule of where requests may go: public addresses, and what is allowed by name.

use super::address::{Class, classify, reached};
use super::setup_error::AllowError;
use crate::error::Error;
use ipnet::IpNet;
use rules::suggestion::nearest;
use std::net::IpAddr;

/// What is allowed beside public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    private: bool,
    loopback: bool,
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

/// Words that stand for addresses of a kind.
const WORDS: [&str; 2] = ["private", "loopback"];

/// The one name without a dot that nobody has to ask about.
const LOCALHOST: &str = "localhost";

/// A request that the host does not make. It is never tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is {class}; allow it with --allow {} (or SERVO_WEBHOOKS_ALLOW)", self.what(), self.option())]
pub struct Refused {
    host: String,
    address: IpAddr,
    /// The address itself, or one that it carries.
    reached: IpAddr,
    class: Class,
}

impl Refused {
    fn what(&self) -> String {
        let address = self.address.to_string();
        let mut what = if self.host == address {
            address
        } else {
            format!("{} has the address {address}, which", self.host)
        };
        if self.reached != self.address {
            what = format!("{what} carries {}, which", self.reached);
        }
        what
    }

    fn option(&self) -> String {
        match self.class {
            Class::Loopback => "loopback".to_owned(),
            Class::Private => "private".to_owned(),
            _ => self.reached.to_string(),
        }
    }

    /// What kind of address was refused.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }
}

impl Allow {
    /// Reads what is allowed: each item a CIDR, an address, a host name, or one of the
    /// words `private` and `loopback`, in any case. Empty items are left out. A name
    /// without a dot may be a word that was misspelt: it is taken with a warning in the
    /// log, which a dot at its end spares.
    ///
    /// # Errors
    /// Names the item that cannot be read, or is nearly one of the words.
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut allow = Self::default();
        for item in items
            .into_iter()
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            if item.eq_ignore_ascii_case("private") {
                allow.private = true;
            } else if item.eq_ignore_ascii_case("loopback") {
                allow.loopback = true;
            } else if let Ok(network) = item.parse::<IpNet>() {
                allow.networks.push(as_meant(network.trunc()));
            } else if let Ok(address) = item.trim_matches(['[', ']']).parse::<IpAddr>() {
                allow.networks.push(as_meant(address.into()));
            } else if is_host_name(item) {
                ask_about(item)?;
                allow.hosts.push(plain(item));
            } else {
                return Err(AllowError::Unreadable(item.to_owned()).into());
            }
        }
        Ok(allow)
    }

    /// Whether a request for a host may be sent to an address. An address that carries
    /// others is judged by the strictest of itself and of all that it carries: whatever
    /// allows the one says nothing of the others.
    ///
    /// # Errors
    /// What kind of address it is, and how to allow it.
    pub fn verdict(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        // Whoever allows the outer one has said enough of special-purpose addresses inside,
        // where nobody is.
        let outer_is_listed = classify(address) != Class::Public || self.covers(host, address);
        let refused = reached(address)
            .into_iter()
            .enumerate()
            .map(|(place, one)| (one, classify(one), place > 0))
            .filter(|(_, class, inside)| !(*inside && *class == Class::Special && outer_is_listed))
            .filter(|(one, class, _)| !self.allows(host, *one, *class))
            .max_by_key(|(_, class, _)| *class);
        match refused {
            None => Ok(()),
            Some((reached, class, _)) => Err(Refused {
                host: host.to_owned(),
                address,
                reached,
                class,
            }),
        }
    }

    /// Whether a host is allowed by its name.
    pub(super) fn lists(&self, host: &str) -> bool {
        self.hosts.contains(&plain(host))
    }

    /// Whether an address of this kind is allowed, whatever it carries.
    fn allows(&self, host: &str, address: IpAddr, class: Class) -> bool {
        match class {
            Class::Public => true,
            Class::LinkLocal | Class::Metadata => self.networks.iter().any(|network| {
                network.prefix_len() == network.max_prefix_len() && network.addr() == address
            }),
            _ if self.covers(host, address) => true,
            Class::Loopback => self.loopback,
            Class::Private => self.private,
            Class::Special => false,
        }
    }

    /// Whether an address is allowed by a network, or by the name that it is of.
    fn covers(&self, host: &str, address: IpAddr) -> bool {
        let mut networks = self.networks.iter();
        networks.any(|network| network.contains(&address)) || self.lists(host)
    }

    /// Vets all addresses of a name: one that is forbidden refuses the whole name.
    ///
    /// # Errors
    /// The first that is refused.
    pub fn verdict_of_all(&self, host: &str, addresses: &[IpAddr]) -> Result<(), Refused> {
        addresses
            .iter()
            .try_for_each(|address| self.verdict(host, *address))
    }
}

/// Asks about a name without a dot: it may be a word for a kind of addresses, misspelt. Such
/// names exist where containers have a network of their own, so only near ones are refused.
fn ask_about(item: &str) -> Result<(), AllowError> {
    if item.contains('.') || item.eq_ignore_ascii_case(LOCALHOST) {
        return Ok(());
    }
    if let Some(word) = nearest(item, WORDS) {
        let item = item.to_owned();
        return Err(AllowError::Misspelt { item, word });
    }
    tracing::warn!("allow: \"{item}\" is taken as a host name; write \"{item}.\" to say so");
    Ok(())
}

/// One address alone, in its simplest spelling.
fn as_meant(network: IpNet) -> IpNet {
    if network.prefix_len() < network.max_prefix_len() {
        return network;
    }
    reached(network.addr())
        .first()
        .map_or(network, |meant| (*meant).into())
}

fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

pub(super) fn is_host_name(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    // What ends in a number is an address, spelled oddly or wrongly.
    let numeric = name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    name.len() <= 253 && name.split('.').all(label) && !numeric
}

#[cfg(test)]
mod tests;
