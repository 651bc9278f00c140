//! The rule of where requests may go: public addresses, and what is allowed by name.

use super::address::{Class, carried, classify, meant};
use ipnet::IpNet;
use std::net::IpAddr;

/// What is allowed beside public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    private: bool,
    loopback: bool,
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

/// An item that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a CIDR, an address, a host name, `private` nor `loopback`")]
pub struct AllowError(String);

/// A request that the host does not make. It is never tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is {class}; allow it with --allow {} (or SERVO_WEBHOOKS_ALLOW)", self.what(), self.option())]
pub struct Refused {
    host: String,
    address: IpAddr,
    class: Class,
}

impl Refused {
    fn what(&self) -> String {
        let address = self.address.to_string();
        if self.host == address {
            address
        } else {
            format!("{} has the address {address}, which", self.host)
        }
    }

    fn option(&self) -> String {
        match self.class {
            Class::Loopback => "loopback".to_owned(),
            Class::Private => "private".to_owned(),
            _ => self.address.to_string(),
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
    /// words `private` and `loopback`.
    ///
    /// # Errors
    /// Names the item that says nothing.
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, AllowError> {
        let mut allow = Self::default();
        for item in items
            .into_iter()
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            if item == "private" {
                allow.private = true;
            } else if item == "loopback" {
                allow.loopback = true;
            } else if let Ok(network) = item.parse::<IpNet>() {
                allow.networks.push(network.trunc());
            } else if let Ok(address) = item.trim_matches(['[', ']']).parse::<IpAddr>() {
                allow.networks.push(address.into());
            } else if is_host_name(item) {
                allow.hosts.push(plain(item));
            } else {
                return Err(AllowError(item.to_owned()));
            }
        }
        Ok(allow)
    }

    /// Whether a request for a host may be sent to an address.
    ///
    /// # Errors
    /// What kind of address it is, and how to allow it.
    pub fn verdict(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let truly = meant(address);
        let class = match (classify(truly), address) {
            // What carries a forbidden address is forbidden like it.
            (own, IpAddr::V6(v6)) if own == Class::Public || own == Class::Special => {
                let inside = carried(v6).into_iter().map(|inner| classify(inner.into()));
                inside
                    .filter(|class| *class != Class::Public)
                    .max_by_key(|class| *class as u8)
                    .unwrap_or(own)
            }
            (own, _) => own,
        };
        let listed = |network: &IpNet| network.contains(&address) || network.contains(&truly);
        let exactly =
            |network: &IpNet| network.prefix_len() == network.max_prefix_len() && listed(network);
        // A carried address is no reason to allow the one that carries it.
        let own_class = classify(truly);
        let allowed = match class {
            Class::Public => true,
            Class::LinkLocal | Class::Metadata => self.networks.iter().any(exactly),
            _ if self.networks.iter().any(listed) || self.hosts.contains(&plain(host)) => true,
            Class::Loopback => self.loopback && own_class == Class::Loopback,
            Class::Private => self.private && own_class == Class::Private,
            Class::Special => false,
        };
        if allowed {
            Ok(())
        } else {
            Err(Refused {
                host: host.to_owned(),
                address,
                class,
            })
        }
    }

    /// Whether a host is allowed by its name.
    pub(super) fn lists(&self, host: &str) -> bool {
        self.hosts.contains(&plain(host))
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

fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn is_host_name(text: &str) -> bool {
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
