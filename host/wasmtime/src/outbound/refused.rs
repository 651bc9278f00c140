//! A request that the host does not make, and how it could be allowed.

use super::address::Class;
use crate::option_names::OptionNames;
use std::fmt;
use std::net::IpAddr;

/// A request that the host does not make. It is never tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    pub(super) host: String,
    /// None: its name alone is denied.
    pub(super) address: Option<IpAddr>,
    /// The address itself, or one that it carries.
    pub(super) reached: Option<IpAddr>,
    pub(super) why: Why,
}

/// Which rule refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// An address of this kind is not allowed.
    Class(Class),
    /// What is denied, is so whatever is allowed.
    Denied,
    /// The host's own check.
    Checked,
}

impl Refused {
    fn what(&self) -> String {
        let Some(address) = self.address.map(|address| address.to_string()) else {
            return self.host.clone();
        };
        let mut what = if self.host == address {
            address
        } else {
            format!("{} has the address {address}, which", self.host)
        };
        if let Some(reached) = self.reached.filter(|_| self.reached != self.address) {
            what = format!("{what} carries {reached}, which");
        }
        what
    }

    /// What would allow it, as [`Allow::parse`](crate::Allow::parse) reads it; none if it is
    /// denied.
    #[must_use]
    pub fn item(&self) -> Option<String> {
        match self.why {
            Why::Class(Class::Loopback) => Some("loopback".to_owned()),
            Why::Class(Class::Private) => Some("private".to_owned()),
            Why::Class(_) => self.reached.map(|address| address.to_string()),
            Why::Denied | Why::Checked => None,
        }
    }

    /// What kind of address was refused; none if it is denied, whatever its kind.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        match self.why {
            Why::Class(class) => Some(class),
            Why::Denied | Why::Checked => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what();
        match (self.why, self.item()) {
            (Why::Class(class), item) => {
                let hint = OptionNames::get().allow(&item.unwrap_or_default());
                write!(out, "{what} is {class}; {hint}")
            }
            (Why::Denied, _) => write!(out, "{what} is denied"),
            (Why::Checked, _) => write!(out, "{what} is refused by the host's own check"),
        }
    }
}

impl std::error::Error for Refused {}
