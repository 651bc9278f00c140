//! What this machine lacks. It is waited for, and never told of a responder: that the
//! machine is short of something says nothing of an endpoint.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

/// Something that the machine, or the limits of this process, have too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scarcity {
    /// File descriptors of this process (EMFILE), or a connection of those that are its own.
    Descriptors,
    /// File descriptors of the whole machine (ENFILE).
    MachineDescriptors,
    /// Local ports (EADDRNOTAVAIL).
    Ports,
    /// Memory (ENOMEM, ENOBUFS).
    Memory,
    /// Threads (EAGAIN).
    Threads,
}

impl fmt::Display for Scarcity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Descriptors => {
                "this process has no file descriptors left; raise its limit (ulimit -n)"
            }
            Self::MachineDescriptors => {
                "this machine has no file descriptors left; raise fs.file-max"
            }
            Self::Ports => {
                "this machine has no local ports left; widen net.ipv4.ip_local_port_range"
            }
            Self::Memory => "this machine has no memory left, or its limit is too low (ulimit -v)",
            Self::Threads => "this machine has no threads left; raise the limit (ulimit -u)",
        })
    }
}

/// Numbers of Linux and of most other systems, which the standard library has no names for.
const ENOMEM: i32 = 12;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOBUFS: i32 = 105;

impl Scarcity {
    /// What an error of the system says that there is too little of.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        match error.raw_os_error() {
            Some(EMFILE) => Some(Self::Descriptors),
            Some(ENFILE) => Some(Self::MachineDescriptors),
            Some(ENOMEM | ENOBUFS) => Some(Self::Memory),
            _ => match error.kind() {
                io::ErrorKind::OutOfMemory => Some(Self::Memory),
                _ => None,
            },
        }
    }

    /// The same of a connection that could not be made. EADDRNOTAVAIL says that there is no
    /// local port, or that the address cannot be reached at all (`::1` without IPv6): it is
    /// the first where no port can be had for anything.
    pub(super) fn of_connecting(address: SocketAddr, error: &io::Error) -> Option<Self> {
        if error.kind() != io::ErrorKind::AddrNotAvailable {
            return Self::of(error);
        }
        let any: IpAddr = match address {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        TcpListener::bind((any, 0)).is_err().then_some(Self::Ports)
    }

    /// The same of whatever caused an error.
    pub(crate) fn in_chain(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<io::Error>().and_then(Self::of) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    /// What may be behind an error that does not say so: a lookup without descriptors
    /// finds no name.
    pub(super) fn behind() -> Option<Self> {
        File::open("/dev/null").err().as_ref().and_then(Self::of)
    }
}

/// Pauses that grow, for what is tried until it works.
#[derive(Debug)]
pub(crate) struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// While the machine lacks something: 5 to 100 ms.
    pub(crate) fn for_the_machine() -> Self {
        Self {
            next: Duration::from_millis(5),
            longest: Duration::from_millis(100),
        }
    }

    /// While a responder keeps giving requests back: 10 to 250 ms.
    pub(super) fn for_a_responder() -> Self {
        Self {
            next: Duration::from_millis(10),
            longest: Duration::from_millis(250),
        }
    }

    /// Waits for the next pause.
    pub(crate) async fn next(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_say_what_is_lacking() {
        let of = |code| Scarcity::of(&io::Error::from_raw_os_error(code));
        // The numbers of errno(3) on Linux.
        assert_eq!(of(24), Some(Scarcity::Descriptors));
        assert_eq!(of(23), Some(Scarcity::MachineDescriptors));
        assert_eq!(of(12), Some(Scarcity::Memory));
        assert_eq!(of(105), Some(Scarcity::Memory));
        let home = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let unavailable = io::Error::from_raw_os_error(99);
        let connecting = Scarcity::of_connecting(home(1), &unavailable);
        assert_eq!(connecting, None, "there are ports: the address is at fault");
        assert_eq!(of(111), None, "refused: the responder's");
        assert_eq!(Scarcity::behind(), None);
    }
}
