//! What kind of address an address is: the special-purpose registries of IANA (RFC
//! 6890), the addresses of cloud metadata services, and IPv6 forms that carry IPv4.

use ipnet::{Ipv4Net, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A kind of address; the later, the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Class {
    /// Anybody's.
    Public,
    /// Anything else that is not for requests: documentation, multicast, reserved.
    Special,
    /// A private network: RFC 1918, carrier-grade NAT (RFC 6598), unique local (RFC 4193).
    Private,
    /// This machine.
    Loopback,
    /// This link alone.
    LinkLocal,
    /// A cloud's metadata service, which hands out credentials.
    Metadata,
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Metadata => "the address of a metadata service",
            Self::Special => "a special-purpose address",
        })
    }
}

/// Metadata services by their own addresses, some inside ranges of other kinds: AWS,
/// GCP, Azure (169.254.169.254), AWS ECS and EKS, Azure's wire server, Alibaba, Oracle.
const METADATA_V4: [Ipv4Addr; 6] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const RANGES_V4: [(Ipv4Net, Class); 20] = [
    (v4(127, 0, 0, 0, 8), Class::Loopback),
    (v4(10, 0, 0, 0, 8), Class::Private),
    (v4(172, 16, 0, 0, 12), Class::Private),
    (v4(192, 168, 0, 0, 16), Class::Private),
    (v4(100, 64, 0, 0, 10), Class::Private),
    (v4(169, 254, 0, 0, 16), Class::LinkLocal),
    (v4(0, 0, 0, 0, 8), Class::Special),
    (v4(192, 0, 0, 0, 24), Class::Special),
    (v4(192, 0, 2, 0, 24), Class::Special),
    (v4(192, 31, 196, 0, 24), Class::Special),
    (v4(192, 52, 193, 0, 24), Class::Special),
    (v4(192, 88, 99, 0, 24), Class::Special),
    (v4(192, 175, 48, 0, 24), Class::Special),
    (v4(198, 18, 0, 0, 15), Class::Special),
    (v4(198, 51, 100, 0, 24), Class::Special),
    (v4(203, 0, 113, 0, 24), Class::Special),
    (v4(224, 0, 0, 0, 4), Class::Special),
    (v4(240, 0, 0, 0, 4), Class::Special),
    (v4(255, 255, 255, 255, 32), Class::Special),
    (v4(233, 252, 0, 0, 24), Class::Special),
];

const fn v6(segments: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

const RANGES_V6: [(Ipv6Net, Class); 10] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Class::Loopback),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Class::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Class::LinkLocal),
    // Site-local, deprecated by RFC 3879 and still in use.
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Class::Special),
    // Protocol assignments, Teredo, benchmarking, ORCHID: no hosts for requests.
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Class::Special),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Class::Special),
    // 6to4, deprecated by RFC 7526.
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Class::Special),
    (
        v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48),
        Class::Special,
    ),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Class::Special),
    // 6bone, handed back by RFC 3701.
    (v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), Class::Special),
];

/// Global unicast; nothing outside of it is public (RFC 4291, section 2.4).
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What kind of address it is by itself, whatever it may carry.
#[must_use]
pub(super) fn classify(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> Class {
    if METADATA_V4.contains(&address) {
        return Class::Metadata;
    }
    let range = RANGES_V4.iter().find(|(range, _)| range.contains(&address));
    range.map_or(Class::Public, |(_, class)| *class)
}

fn classify_v6(address: Ipv6Addr) -> Class {
    if METADATA_V6.contains(&address) {
        return Class::Metadata;
    }
    let range = RANGES_V6.iter().find(|(range, _)| range.contains(&address));
    match range {
        Some((_, class)) => *class,
        None if GLOBAL_V6.contains(&address) => Class::Public,
        None => Class::Special,
    }
}

/// The IPv4 address that this one is another spelling of: a socket connects to that one in
/// truth. Mapped (RFC 4291) and NAT64's well-known prefix (RFC 6052).
fn meant(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(join(high, low))
        }
        _ => None,
    }
}

/// The addresses that a request for this one may reach: itself first, or what it is a
/// spelling of, then every IPv4 address that it carries in a transition mechanism.
#[must_use]
pub(super) fn reached(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(outer) = address else {
        return vec![address];
    };
    match meant(outer) {
        Some(inner) => vec![inner.into()],
        None => {
            let carried = carried(outer).into_iter().map(IpAddr::from);
            std::iter::once(address).chain(carried).collect()
        }
    }
}

fn carried(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let segments = address.segments();
    let [_, b, c, d, e, f, g, h] = segments;
    let mut found = Vec::new();
    match segments {
        // Compatible (RFC 4291), and translated (SIIT, RFC 2765).
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => found.push(join(g, h)),
        // NAT64, local (RFC 8215): whoever runs it chose the length of its prefix, and with it
        // where the address stands (RFC 6052, section 2.2). Bits 64 to 71 are left out.
        [0x64, 0xff9b, 1, ..] => found.extend([
            join(d, (e << 8) | (f >> 8)),
            join((d << 8) | (e & 0xff), f),
            join((e << 8) | (f >> 8), (f << 8) | (g >> 8)),
            join(g, h),
        ]),
        // 6to4 (RFC 3056).
        [0x2002, ..] => found.push(join(b, c)),
        // Teredo (RFC 4380): the server, and the client with its bits turned.
        [0x2001, 0, ..] => {
            found.push(join(c, d));
            found.push(join(!g, !h));
        }
        _ => {}
    }
    // ISATAP (RFC 5214): in the interface identifier, under any prefix.
    if matches!((e, f), (0 | 0x200, 0x5efe)) {
        found.push(join(g, h));
    }
    found
}

fn join(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}
