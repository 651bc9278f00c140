//! The rule of where requests may go: public addresses, and what is allowed by name.

use super::address::{Class, classify, reached};
use super::refused::{Refused, Why};
use super::setup_error::AllowError;
use crate::error::Error;
use ipnet::IpNet;
use rules::suggestion::nearest;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What is allowed beside public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    private: bool,
    loopback: bool,
    networks: Vec<IpNet>,
    hosts: Vec<String>,
    denied: Option<Box<Allow>>,
    check: Option<Check>,
    /// Whatever an address is.
    anywhere: bool,
}

/// The host's own word on an address: shared, and equal to itself alone.
#[derive(Clone)]
struct Check(Arc<Checks>);

type Checks = dyn Fn(&str, IpAddr) -> bool + Send + Sync;

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Check {}

impl fmt::Debug for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Check")
    }
}

/// Words that stand for addresses of a kind.
const WORDS: [&str; 2] = ["private", "loopback"];

/// The one name without a dot that nobody has to ask about.
const LOCALHOST: &str = "localhost";

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

    /// Every address: for what the host itself was told to reach, and no configuration names.
    #[cfg(feature = "traces")]
    pub(crate) fn anywhere() -> Self {
        Self {
            anywhere: true,
            ..Self::default()
        }
    }

    /// With what is denied, whatever is allowed, public addresses among it: items as
    /// [`Allow::parse`] reads them. They are added to those that are denied already.
    ///
    /// # Errors
    /// As [`Allow::parse`].
    ///
    /// # Examples
    /// ```
    /// use servo_webhooks::Allow;
    ///
    /// let allow = Allow::parse(["private"])?.with_denied(["10.0.0.0/24", "admin.example"])?;
    /// assert!(allow.verdict("a.example", "10.0.1.1".parse()?).is_ok());
    /// assert!(allow.verdict("a.example", "10.0.0.1".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_denied<'a>(
        mut self,
        items: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let more = Self::parse(items)?;
        let denied = self.denied.get_or_insert_default();
        denied.private |= more.private;
        denied.loopback |= more.loopback;
        denied.networks.extend(more.networks);
        denied.hosts.extend(more.hosts);
        Ok(self)
    }

    /// With a check of the host's own: asked of each address that a host has and that is
    /// allowed otherwise, before a connection is opened or a proxy asked for one. False
    /// refuses the request. It must not block.
    ///
    /// # Examples
    /// ```
    /// use servo_webhooks::Allow;
    ///
    /// let allow = Allow::default().with_check(|host, _| host.ends_with(".example"));
    /// assert!(allow.verdict("a.example", "192.0.1.1".parse()?).is_ok());
    /// assert!(allow.verdict("a.test", "192.0.1.1".parse()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_check(
        mut self,
        check: impl Fn(&str, IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Check(Arc::new(check)));
        self
    }

    /// Whether a host is denied by its name, whatever its addresses are.
    ///
    /// # Errors
    /// If it is.
    pub(super) fn verdict_of_name(&self, host: &str) -> Result<(), Refused> {
        let denied = self
            .denied
            .as_ref()
            .is_some_and(|denied| denied.lists(host));
        if !denied {
            return Ok(());
        }
        Err(Refused {
            host: host.to_owned(),
            address: None,
            reached: None,
            why: Why::Denied,
        })
    }

    /// The first address that is denied, of those that a request for this one may reach.
    fn denied(&self, host: &str, address: IpAddr) -> Option<IpAddr> {
        let denied = self.denied.as_ref()?;
        let mut reached = reached(address).into_iter();
        reached.find(|one| match classify(*one) {
            Class::Loopback if denied.loopback => true,
            Class::Private if denied.private => true,
            _ => denied.covers(host, *one),
        })
    }

    /// Whether a request for a host may be sent to an address. An address that carries
    /// others is judged by the strictest of itself and of all that it carries: whatever
    /// allows the one says nothing of the others.
    ///
    /// # Errors
    /// What kind of address it is, and how to allow it.
    pub fn verdict(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        if self.anywhere {
            return Ok(());
        }
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
        let refuse = |reached, why| {
            Err(Refused {
                host: host.to_owned(),
                address: Some(address),
                reached: Some(reached),
                why,
            })
        };
        if let Some(reached) = self.denied(host, address) {
            return refuse(reached, Why::Denied);
        }
        match (refused, &self.check) {
            (Some((reached, class, _)), _) => refuse(reached, Why::Class(class)),
            (None, Some(check)) if !(check.0)(host, address) => refuse(address, Why::Checked),
            (None, _) => Ok(()),
        }
    }

    /// Whether a host is allowed by its name.
    pub(super) fn lists(&self, host: &str) -> bool {
        self.anywhere || self.hosts.contains(&plain(host))
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
