#![allow(clippy::unwrap_used)]
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
fn items_that_say_nothing() {
    for item in [
        "10.0.0.0/33",
        "10.0.0.256",
        "a b",
        "http://x",
        "*",
        "*.example.com",
        "-",
        "300.1",
        "[::1",
    ] {
        let parsed = Allow::parse([item]);
        assert!(
            parsed.is_err() || item == "-" || item == "[::1",
            "{item}: {parsed:?}"
        );
    }
    assert_eq!(allow(&["", " loopback "]), allow(&["loopback"]));
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
        "mixed.example has the address 127.0.0.1, which is a loopback address; allow it with --allow loopback \
         (or SERVO_WEBHOOKS_ALLOW)"
    );
}

/// Every way in which IPv6 carries an address of IPv4, with a network of all that are
/// carried so.
fn carriers(inner: Ipv4Addr) -> Vec<(&'static str, Ipv6Addr)> {
    let [a, b, c, d] = inner.octets().map(u16::from);
    let (high, low) = ((a << 8) | b, (c << 8) | d);
    [
        ("::/96", [0, 0, 0, 0, 0, 0, high, low]),
        ("::ffff:0:0/96", [0, 0, 0, 0, 0, 0xffff, high, low]),
        ("::ffff:0:0:0/96", [0, 0, 0, 0, 0xffff, 0, high, low]),
        ("64:ff9b::/96", [0x64, 0xff9b, 0, 0, 0, 0, high, low]),
        ("64:ff9b:1::/48", [0x64, 0xff9b, 1, 0, 0, 0, high, low]),
        (
            "64:ff9b:1::/48",
            [0x64, 0xff9b, 1, 0xffff, 0xffff, 0xffff, high, low],
        ),
        ("64:ff9b:1::/48", [0x64, 0xff9b, 1, high, c, d << 8, 0, 0]),
        (
            "64:ff9b:1::/48",
            [0x64, 0xff9b, 1, 0xab00 | a, b, low, 0, 0],
        ),
        (
            "64:ff9b:1::/48",
            [0x64, 0xff9b, 1, 0, a, (b << 8) | c, d << 8, 0],
        ),
        ("2002::/16", [0x2002, high, low, 0, 0, 0, 0, 1]),
        ("2001::/32", [0x2001, 0, high, low, 0, 0, !0x0808, !0x0808]),
        ("2001::/32", [0x2001, 0, 0x808, 0x808, 0, 0, !high, !low]),
        (
            "2606:4700::/32",
            [0x2606, 0x4700, 0, 0, 0, 0x5efe, high, low],
        ),
        (
            "2606:4700::/32",
            [0x2606, 0x4700, 0, 0, 0x200, 0x5efe, high, low],
        ),
    ]
    .map(|(network, segments)| (network, Ipv6Addr::from(segments)))
    .to_vec()
}

/// A network of the carriers is no reason to reach what must not be reached inside.
#[test]
fn a_carrier_that_is_allowed_allows_nothing_inside() {
    for (inner, allows) in [
        ("169.254.169.254", "169.254.169.254"),
        ("169.254.0.7", "169.254.0.7"),
        ("168.63.129.16", "168.63.129.16"),
        ("100.100.100.200", "100.100.100.200"),
        ("127.0.0.1", "loopback"),
        ("127.0.0.1", "127.0.0.0/8"),
        ("10.1.2.3", "private"),
        ("192.168.7.7", "192.168.0.0/16"),
    ] {
        for (network, outer) in carriers(inner.parse().unwrap()) {
            // Read with another prefix of NAT64 it may carry another address that is refused.
            let inside = reached(outer.into()).into_iter().map(classify);
            let carries_one = inside.filter(|class| *class > Class::Special).count() == 1;
            for wide in [network, "::/0"] {
                let refused = allow(&[wide]).verdict("", outer.into());
                assert!(refused.is_err(), "{wide} reaches {inner} by {outer}");
                let both = allow(&[wide, allows]).verdict("", outer.into());
                assert_eq!(both.is_ok(), carries_one, "{wide} and {allows}: {outer}");
            }
            let itself = format!("{outer}/128");
            let spelt = network == "::ffff:0:0/96" || network == "64:ff9b::/96";
            let exactly = allow(&[&itself]).verdict("", outer.into());
            assert_eq!(exactly.is_ok(), spelt, "{itself} is {inner}");
            let public = network == "2606:4700::/32";
            let inside = allow(&[allows]).verdict("", outer.into());
            assert_eq!(inside.is_ok(), spelt || public, "{allows}: {outer}");
            let named = allow(&["carrier.example"]).verdict("carrier.example", outer.into());
            let strict = classify(inner.parse().unwrap()) >= Class::LinkLocal;
            assert_eq!(named.is_err(), strict, "{outer} carries {inner}");
        }
    }
}

#[test]
fn a_carrier_of_a_public_address_is_allowed_by_its_network() {
    for (network, outer) in carriers(Ipv4Addr::new(93, 184, 215, 14)) {
        assert_eq!(
            allow(&[network]).verdict("", outer.into()),
            Ok(()),
            "{outer}"
        );
    }
}

#[test]
fn a_refusal_names_what_is_carried() {
    let outer: IpAddr = "64:ff9b:1::a9fe:a9fe".parse().unwrap();
    let refused = allow(&["64:ff9b:1::/48"]).verdict("nat.example", outer);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "nat.example has the address 64:ff9b:1::a9fe:a9fe, which carries 169.254.169.254, which is the address of a \
         metadata service; allow it with --allow 169.254.169.254 (or SERVO_WEBHOOKS_ALLOW)"
    );
}

/// Whatever is allowed: a request is let through only if all that it may reach is allowed by
/// itself, but for special-purpose addresses, which nobody has.
#[test]
fn the_strictest_of_all_decides() {
    let lists: [&[&str]; 8] = [
        &[],
        &["private"],
        &["loopback"],
        &["::/0"],
        &["0.0.0.0/0"],
        &["::/0", "private", "loopback"],
        &["64:ff9b:1::/48", "169.254.169.254"],
        &["2002::/16", "10.0.0.0/8"],
    ];
    for list in lists {
        let allow = allow(list);
        for step in 0..20_000_u32 {
            let inner = Ipv4Addr::from(step.wrapping_mul(2_654_435_761));
            let class = classify(inner.into());
            for (_, outer) in carriers(inner) {
                let through = allow.verdict("", outer.into()).is_ok();
                let inside = allow.verdict("", inner.into()).is_ok() || class == Class::Special;
                let own = reached(outer.into())[0];
                let itself = allow.allows("", own, classify(own));
                assert!(!through || (inside && itself), "{list:?}: {outer}");
            }
        }
    }
}

/// The rule, over many addresses in every embedding: an address that carries a
/// forbidden one is forbidden.
#[test]
fn an_embedded_address_inherits_the_verdict() {
    let nothing = Allow::default();
    for step in 0..40_000_u32 {
        // An odd constant: all of the space is visited evenly.
        let inner = Ipv4Addr::from(step.wrapping_mul(2_654_435_761));
        let [high, low] = [(u32::from(inner) >> 16) as u16, u32::from(inner) as u16];
        let forbidden = nothing.verdict("", inner.into()).is_err();
        for (outer, same) in [
            (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low), true),
            (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low), true),
            (Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low), false),
            (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low), false),
            (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low), false),
            (Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1), false),
            (Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 1), false),
            (
                Ipv6Addr::new(0x2001, 0, 0x808, 0x808, 0, 0, !high, !low),
                false,
            ),
            (
                Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0x5efe, high, low),
                true,
            ),
        ] {
            let refused = nothing.verdict("", outer.into()).is_err();
            assert!(refused || !forbidden, "{outer} carries {inner}");
            if same {
                assert_eq!(refused, forbidden, "{outer} carries {inner}");
            } else {
                assert!(refused, "{outer} is a transition form");
            }
        }
    }
}

#[test]
fn words_have_any_case_and_names_without_a_dot_are_asked_about() {
    let written = ["private", "loopback"].map(|word| allow(&[word]));
    let shouted = ["Private", " LOOPBACK "].map(|word| allow(&[word]));
    assert_eq!(written, shouted);
    assert_eq!(allow(&["", " "]), Allow::default());
    for (item, meant) in [
        ("privat", "private"),
        ("privte", "private"),
        ("Privates", "private"),
        ("loopbak", "loopback"),
        ("loop-back", "loopback"),
    ] {
        let error = Allow::parse([item]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("did you mean `{meant}`?")),
            "{error}"
        );
    }
    for item in [
        "privat.",
        "loopbak.example",
        "localhost",
        "responder",
        "web",
    ] {
        assert!(allow(&[item]).lists(item.trim_end_matches('.')), "{item}");
    }
}
