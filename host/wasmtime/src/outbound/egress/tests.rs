#![allow(clippy::unwrap_used)]

mod carriers;
mod items;

use super::super::address::{Class, classify, reached};
use super::super::target::Target;
use super::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn allow(items: &[&str]) -> Allow {
    Allow::parse(items.iter().copied()).unwrap()
}

/// The verdict on a URL whose host is an address, however it is spelled.
fn verdict(allow: &Allow, host: &str) -> Result<(), String> {
    let target = Target::parse(&format!("http://{host}/")).map_err(|error| error.to_string())?;
    let address = target.address().ok_or("a name")?;
    allow
        .verdict(target.host(), address)
        .map_err(|refused| refused.to_string())
}

const PUBLIC: [&str; 16] = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
];

const FORBIDDEN: [&str; 94] = [
    // Loopback and this network, in the spellings that browsers read.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "127.255.255.255",
    "0",
    "0.0.0.0",
    "0.255.255.255",
    "00000177.0.0.1",
    "1\u{24ea}.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
    "%31%32%37.0.0.1",
    "127.0.0.1.",
    // Private networks.
    "10.0.0.0",
    "10.255.255.255",
    "167772161",
    "0xa000001",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    "192.168.257",
    "0xc0a80001",
    "100.64.0.0",
    "100.127.255.255",
    // Link-local and metadata.
    "169.254.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.170.2",
    "169.254.255.255",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    // Special purposes.
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.255",
    "4294967295",
    "233.252.0.1",
    // IPv6.
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[fc00::]",
    "[fdff:ffff::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[feff::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[2001:20::1]",
    "[3ffe::1]",
    "[4000::1]",
    // IPv6 that carries IPv4.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[64:ff9b:1:7f00:0:100::]",
    "[64:ff9b:1:a9:fe:a9fe::]",
    "[64:ff9b:1:0:a9:fea9:fe00:0]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[64:ff9b:1:a9fe:a9:fe00::]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[2001:470::5efe:127.0.0.1]",
    "[2001:470::200:5efe:10.0.0.1]",
    "[::ffff:169.254.169.254]",
];

#[test]
fn public_addresses_alone() {
    let nothing = Allow::default();
    for host in PUBLIC {
        assert_eq!(verdict(&nothing, host), Ok(()), "{host}");
    }
    for host in FORBIDDEN {
        let refused = verdict(&nothing, host);
        // Some spellings are no host at all, which is as good.
        assert!(refused.is_err(), "{host}");
        assert_ne!(refused, Err("a name".to_owned()), "{host}");
    }
}

#[test]
fn what_is_allowed_by_word() {
    let (private, loopback) = (allow(&["private"]), allow(&["loopback"]));
    for host in [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.1.1",
        "[fd12::1]",
        "[::ffff:10.0.0.1]",
    ] {
        assert_eq!(verdict(&private, host), Ok(()), "{host}");
        assert!(verdict(&loopback, host).is_err(), "{host}");
    }
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
    ] {
        assert_eq!(verdict(&loopback, host), Ok(()), "{host}");
        assert!(verdict(&private, host).is_err(), "{host}");
    }
    for host in [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "100.100.100.200",
        "0.0.0.0",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
    ] {
        assert!(
            verdict(&allow(&["private", "loopback"]), host).is_err(),
            "{host}"
        );
    }
}

#[test]
fn link_local_and_metadata_only_by_themselves() {
    for wide in [
        "169.254.0.0/16",
        "0.0.0.0/0",
        "169.254.169.254/31",
        "::/0",
        "private",
    ] {
        assert!(
            verdict(&allow(&[wide]), "169.254.169.254").is_err(),
            "{wide}"
        );
    }
    for exact in ["169.254.169.254", "169.254.169.254/32"] {
        assert_eq!(
            verdict(&allow(&[exact]), "169.254.169.254"),
            Ok(()),
            "{exact}"
        );
        assert!(verdict(&allow(&[exact]), "169.254.169.253").is_err());
    }
    assert_eq!(verdict(&allow(&["fe80::1"]), "[fe80::1]"), Ok(()));
    assert!(verdict(&allow(&["fe80::/64"]), "[fe80::1]").is_err());
}

#[test]
fn networks_and_names() {
    let network = allow(&["10.1.0.0/16", "192.0.2.7"]);
    assert_eq!(verdict(&network, "10.1.255.1"), Ok(()));
    assert_eq!(verdict(&network, "192.0.2.7"), Ok(()));
    assert!(verdict(&network, "10.2.0.1").is_err());
    assert!(verdict(&network, "192.0.2.8").is_err());
    let named = allow(&["Internal.Example."]);
    let inside: IpAddr = Ipv4Addr::new(10, 0, 0, 1).into();
    assert_eq!(named.verdict("internal.example", inside), Ok(()));
    assert_eq!(named.verdict("INTERNAL.example.", inside), Ok(()));
    assert!(named.verdict("other.example", inside).is_err());
    assert!(
        named
            .verdict("internal.example", Ipv4Addr::new(169, 254, 169, 254).into())
            .is_err()
    );
}

#[test]
fn one_forbidden_address_refuses_a_name() {
    let addresses: [IpAddr; 2] = [Ipv4Addr::new(8, 8, 8, 8).into(), Ipv4Addr::LOCALHOST.into()];
    let refused = Allow::default()
        .verdict_of_all("mixed.example", &addresses)
        .unwrap_err()
        .to_string();
    assert_eq!(
        refused,
        "mixed.example has the address 127.0.0.1, which is a loopback address; allow it as \
         \"loopback\""
    );
}
