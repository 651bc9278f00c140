//! Addresses that a request must not go to, and every way to write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One of each kind: loopback, private, shared, link-local, metadata, and the
/// registries of special-purpose addresses (RFC 6890).
pub const V4: [Ipv4Addr; 20] = [
    Ipv4Addr::new(127, 0, 0, 1),
    Ipv4Addr::new(127, 255, 0, 9),
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(172, 16, 3, 4),
    Ipv4Addr::new(172, 31, 255, 254),
    Ipv4Addr::new(192, 168, 1, 1),
    Ipv4Addr::new(100, 64, 0, 1),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(0, 0, 0, 0),
    Ipv4Addr::new(192, 0, 0, 8),
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(198, 18, 0, 1),
    Ipv4Addr::new(198, 51, 100, 7),
    Ipv4Addr::new(203, 0, 113, 9),
    Ipv4Addr::new(224, 0, 0, 1),
    Ipv4Addr::new(240, 0, 0, 1),
    Ipv4Addr::new(255, 255, 255, 255),
];

pub const V6: [&str; 18] = [
    "::",
    "::1",
    "fc00::1",
    "fdff::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "2001:20::1",
    "3ffe::1",
    "4000::1",
    "2001:2::1",
    "fd20:ce::254",
];

/// As the host of a URL.
pub fn all() -> Vec<String> {
    let mut all: Vec<String> = V4.iter().flat_map(|address| of_v4(*address)).collect();
    all.extend(V6.iter().flat_map(|text| of_v6(text.parse().unwrap())));
    all.extend(NAMES.map(str::to_owned));
    all
}

/// Names that mean this machine without a server of names.
const NAMES: [&str; 6] = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "lOcAlHoSt",
    "%6cocalhost",
    "ⓛocalhost",
];

/// As browsers and the C library read them, as digits of other scripts, and inside
/// addresses of IPv6.
pub fn of_v4(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let number = u32::from(address);
    let dotted = address.to_string();
    let mut all = vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{number}"),
        format!("{number:#x}"),
        format!("{number:#X}").replace("0X", "0x"),
        format!("0{number:o}"),
        format!("{a}.{}", number & 0x00ff_ffff),
        format!("{a}.{b}.{}", number & 0xffff),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.0{b:o}.{c}.{d:#x}"),
        format!("0000{a:o}.{b}.{c}.{d}"),
        dotted.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        dotted.replace('.', "。"),
        dotted.replace('.', "%e3%80%82"),
        wide(&dotted),
    ];
    all.extend(
        inside_v6(address)
            .iter()
            .map(|address| format!("[{address}]")),
    );
    all.push(format!("[::ffff:{dotted}]"));
    all
}

/// Addresses of IPv6 that carry one of IPv4.
pub fn inside_v6(address: Ipv4Addr) -> Vec<Ipv6Addr> {
    let number = u32::from(address);
    let (high, low) = ((number >> 16) as u16, number as u16);
    let [a, b, c, d] = address.octets().map(u16::from);
    [
        [0, 0, 0, 0, 0, 0xffff, high, low],
        [0, 0, 0, 0, 0, 0, high, low],
        [0, 0, 0, 0, 0xffff, 0, high, low],
        [0x64, 0xff9b, 0, 0, 0, 0, high, low],
        // Local NAT64, with prefixes of each length (RFC 6052, section 2.2).
        [0x64, 0xff9b, 1, 0, 0, 0, high, low],
        [0x64, 0xff9b, 1, high, c, d << 8, 0, 0],
        [0x64, 0xff9b, 1, 0xff00 | a, b, low, 0, 0],
        [0x64, 0xff9b, 1, 0xffff, a, b << 8 | c, d << 8, 0],
        [0x2002, high, low, 0, 0, 0, 0, 1],
        [0x2001, 0, 0x808, 0x808, 0, 0, !high, !low],
        [0x2001, 0, high, low, 0, 0, !0x808, !0x808],
        [0x2606, 0x4700, 0, 0, 0, 0x5efe, high, low],
        [0x2606, 0x4700, 0, 0, 0x200, 0x5efe, high, low],
    ]
    .map(Ipv6Addr::from)
    .to_vec()
}

fn of_v6(address: Ipv6Addr) -> Vec<String> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    vec![
        format!("[{address}]"),
        format!("[{a:04x}:{b:04x}:{c:04x}:{d:04x}:{e:04x}:{f:04x}:{g:04x}:{h:04x}]"),
        format!(
            "[{a:X}:{b:X}:{c:X}:{d:X}:{e:X}:{f:X}:{}]",
            Ipv4Addr::from(u32::from(g) << 16 | u32::from(h))
        ),
        format!("[{address}%25lo]"),
    ]
}

/// Digits of full width, which names of the internet may be written with.
fn wide(text: &str) -> String {
    let wide = |char: char| match char {
        '0'..='9' => char::from_u32(u32::from(char) - u32::from('0') + u32::from('０')).unwrap(),
        '.' => '．',
        other => other,
    };
    text.chars().map(wide).collect()
}

/// Every address above, and those of IPv6 that carry them.
pub fn addresses() -> Vec<IpAddr> {
    let v6 = V6.iter().map(|text| text.parse().unwrap());
    let carriers = V4
        .iter()
        .flat_map(|address| inside_v6(*address))
        .map(IpAddr::from);
    V4.iter()
        .map(|address| IpAddr::from(*address))
        .chain(v6)
        .chain(carriers)
        .collect()
}
