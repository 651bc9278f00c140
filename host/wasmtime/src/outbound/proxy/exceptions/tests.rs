#![allow(clippy::unwrap_used)]
use super::Exceptions;

fn excepts(list: &str, host: &str, port: u16) -> bool {
    Exceptions::parse(list).unwrap().contain(host, port)
}

#[test]
fn each_form_means_what_it_says() {
    for (item, hosts, others) in [
        (
            "*",
            &["a.example:1", "[::1]:80", "10.0.0.1:80"][..],
            &[][..],
        ),
        ("*:81", &["a.example:81", "[::1]:81"], &["a.example:80"]),
        (
            "hooks.example",
            &[
                "hooks.example:80",
                "HOOKS.example.:443",
                "a.b.hooks.example:80",
            ],
            &["xhooks.example:80", "example:80", "hooks.example.org:80"],
        ),
        (
            "Hooks.Example.",
            &["hooks.example:80", "a.hooks.example.:80"],
            &["other.example:80"],
        ),
        (
            ".example",
            &["hooks.example:80", "example:80"],
            &["xexample:80"],
        ),
        (
            "*.example",
            &["hooks.example:80", "a.hooks.example:80"],
            &["example:80", "xexample:80"],
        ),
        (
            "*.example.:8443",
            &["hooks.example:8443"],
            &["hooks.example:443"],
        ),
        (
            "hooks.example:8080",
            &["hooks.example:8080", "a.hooks.example:8080"],
            &["hooks.example:80"],
        ),
        (".example:80", &["hooks.example:80"], &["hooks.example:81"]),
        (
            "localhost",
            &["localhost:80", "localhost.:80"],
            &["127.0.0.1:80"],
        ),
        (
            "127.0.0.1",
            &["127.0.0.1:80", "127.0.0.1.:80", "[::ffff:127.0.0.1]:80"],
            &["127.0.0.2:80"],
        ),
        ("127.0.0.1:8080", &["127.0.0.1:8080"], &["127.0.0.1:80"]),
        (
            "10.0.0.0/8",
            &["10.255.0.1:80"],
            &["11.0.0.1:80", "ten.example:80"],
        ),
        ("10.1.2.3/8", &["10.255.0.1:80"], &["11.0.0.1:80"]),
        ("10.0.0.0/8:443", &["10.0.0.1:443"], &["10.0.0.1:80"]),
        ("::1", &["[::1]:80", "::1:80"], &["[::2]:80"]),
        ("[::1]", &["[::1]:80"], &["[::2]:80"]),
        ("[::1]:8080", &["[::1]:8080"], &["[::1]:80"]),
        ("fd00::/8", &["[fd12::1]:80"], &["[fe80::1]:80"]),
        ("[fd00::]/8", &["[fd12::1]:80"], &["[fe80::1]:80"]),
        ("[fd00::/8]:80", &["[fd12::1]:80"], &["[fd12::1]:81"]),
        ("[fd00::]/8:80", &["[fd12::1]:80"], &["[fd12::1]:81"]),
        ("::ffff:10.0.0.1", &["10.0.0.1:80"], &["10.0.0.2:80"]),
        // Eight groups: no port.
        (
            "1:2:3:4:5:6:7:8",
            &["[1:2:3:4:5:6:7:8]:80"],
            &["[1:2:3:4:5:6:7:9]:80"],
        ),
    ] {
        let at = |place: &str| {
            let (host, port) = place.rsplit_once(':').unwrap();
            excepts(item, host, port.parse().unwrap())
        };
        for host in hosts {
            assert!(at(host), "{item}: {host}");
        }
        for host in others {
            assert!(!at(host), "{item}: {host}");
        }
    }
}

#[test]
fn items_are_separated_by_commas_and_blanks() {
    for list in [
        "a.example,b.example",
        "a.example b.example",
        " a.example ,\tb.example,, ",
        ",a.example\nb.example",
    ] {
        for host in ["a.example", "b.example"] {
            assert!(excepts(list, host, 80), "{list:?}");
        }
        assert!(!excepts(list, "c.example", 80), "{list:?}");
    }
    assert!(!excepts("", "a.example", 80));
    assert!(!excepts(" , ", "a.example", 80));
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_where() {
    for item in [
        "a.example:",
        "a.example:0",
        "a.example:65536",
        "a.example:http",
        "a.example:+80",
        "a..example",
        "a_b!.example",
        "10.0.0.0/33",
        "10.0.0.256",
        "300.1",
        "127.1",
        "[::1",
        "::1]",
        "[::1]80",
        "[::1]:",
        "[10.0.0.1]",
        "fd00::/129",
        "1::2::3",
        "*a.example",
        "a.*.example",
        "**",
        "*.",
        ".",
        "bücher.example",
        "a/b",
        "[fd00::/8]/8",
        "fd00::/8:80",
    ] {
        let list = format!("fine.example, {item}");
        let why = Exceptions::parse(&list).map(|_| ()).unwrap_err();
        assert!(
            why.starts_with("its item 2") && why.contains(item) && why.contains("CIDR"),
            "{item}: {why}"
        );
    }
    for item in ["http://user:s3cret@a.example", "user:s3cret@a.example"] {
        let why = Exceptions::parse(item).map(|_| ()).unwrap_err();
        assert!(
            why.starts_with("its item 1 is a URL") && !why.contains("s3cret"),
            "{why}"
        );
    }
}
