//! Addresses of IPv6 that carry one of IPv4.

use super::*;

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
         metadata service; allow it as \"169.254.169.254\""
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
