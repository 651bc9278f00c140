use super::super::{Proxies, SendError};
use super::authority::Authority;
use super::server::{clear, proxy, secure};
use super::{HOME, SECRET, Setup, failure, post, target};
use crate::outbound::{Client, Options, Version};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1));

/// `user:s3cret`, by the base64 of coreutils.
const CREDENTIALS: &str = "Basic dXNlcjpzM2NyZXQ=";

fn empty() -> Response<Full<Bytes>> {
    Response::new(Full::default())
}

fn through(proxy: SocketAddr) -> Proxies {
    variables(&[("ALL_PROXY", &format!("http://user:{SECRET}@{proxy}"))])
}

fn variables(given: &[(&str, &str)]) -> Proxies {
    let find = |name: &str| given.iter().find(|(key, _)| *key == name);
    Proxies::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value)
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_that_is_asked_for_by_name() {
    let authority = Authority::new();
    let server = secure(
        authority.server("hooks.example", &["h2", "http/1.1"]),
        empty,
    )
    .await;
    let proxy = proxy(200).await;
    let target = target("https", "hooks.example", server.address);
    let (ca_file, proxies) = (Some(authority.file()), through(proxy.address));
    let client = Setup {
        ca_file,
        proxies,
        ..Setup::default()
    }
    .client();
    for (version, spoken) in [
        (Version::Auto, http::Version::HTTP_2),
        (Version::Http1, http::Version::HTTP_11),
    ] {
        assert_eq!(
            post(&client, &target, version).await.unwrap().status,
            StatusCode::OK
        );
        let head = proxy.take().remove(0);
        let name = format!("hooks.example:{}", server.address.port());
        assert!(
            head.starts_with(&format!("CONNECT {name} HTTP/1.1\r\n")),
            "{head}"
        );
        assert_eq!(header(&head, "host"), Some(&*name));
        assert_eq!(header(&head, "proxy-authorization"), Some(CREDENTIALS));
        let seen = server.take().remove(0);
        assert_eq!(
            (seen.version, seen.sni.as_deref()),
            (spoken, Some("hooks.example"))
        );
        assert!(!seen.headers.contains_key("proxy-authorization"));
    }
}

#[tokio::test]
async fn http2_in_clear_goes_through_a_tunnel() {
    let server = clear(empty).await;
    let proxy = proxy(200).await;
    let target = target("http", "hooks.example", server.address);
    let client = Setup {
        proxies: through(proxy.address),
        ..Setup::default()
    }
    .client();
    post(&client, &target, Version::Http2).await.unwrap();
    assert!(
        proxy
            .take()
            .remove(0)
            .starts_with(&format!("CONNECT hooks.example:{} ", server.address.port()))
    );
    assert_eq!(server.take().remove(0).version, http::Version::HTTP_2);
}

#[tokio::test]
async fn a_proxy_is_asked_in_clear_by_name() {
    let proxy = proxy(200).await;
    // Nothing but public addresses is allowed: the proxy on loopback is exempt.
    let (addresses, proxies) = (vec![PUBLIC], through(proxy.address));
    let client = Setup {
        allow: "",
        addresses,
        proxies,
        ..Setup::default()
    }
    .client();
    let target = target("http", "hooks.example", "127.0.0.1:8080".parse().unwrap());
    for _ in 0..3 {
        post(&client, &target, Version::Auto)
            .await
            .unwrap()
            .finish()
            .await;
    }
    let heads = proxy.take();
    assert_eq!((heads.len(), proxy.connections()), (3, 1));
    for head in heads {
        let line = format!("POST http://hooks.example:8080/{SECRET}?token={SECRET} HTTP/1.1\r\n");
        assert!(head.starts_with(&line), "{head}");
        assert_eq!(header(&head, "host"), Some("hooks.example:8080"));
        assert_eq!(header(&head, "proxy-authorization"), Some(CREDENTIALS));
        assert_eq!(header(&head, "content-length"), Some("2"));
    }
}

#[tokio::test]
async fn a_forbidden_target_is_not_asked_of_a_proxy() {
    let proxy = proxy(200).await;
    let proxies = through(proxy.address);
    let client = Setup {
        allow: "",
        addresses: vec![PUBLIC, HOME],
        proxies,
        ..Setup::default()
    }
    .client();
    for (scheme, version) in [
        ("http", Version::Auto),
        ("http", Version::Http2),
        ("https", Version::Auto),
    ] {
        let sent = post(
            &client,
            &target(scheme, "hooks.example", proxy.address),
            version,
        )
        .await;
        assert!(matches!(sent, Err(SendError::Refused(_))), "{sent:?}");
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn a_name_that_only_the_proxy_can_look_up_must_be_allowed_by_name() {
    let proxy = proxy(200).await;
    let target = target("http", "hooks.example", "127.0.0.1:8080".parse().unwrap());
    let through = |allow| Setup {
        allow,
        addresses: Vec::new(),
        proxies: through(proxy.address),
        ..Setup::default()
    };
    for version in [Version::Auto, Version::Http2] {
        let why = failure(&through("").client(), &target, version).await;
        assert!(why.contains("allow \"hooks.example\""), "{why}");
    }
    assert_eq!(proxy.connections(), 0);
    let allowed = through("hooks.example").client();
    post(&allowed, &target, Version::Auto).await.unwrap();
    assert_eq!(proxy.take().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told() {
    for status in [403, 407, 502] {
        let proxy = proxy(status).await;
        let client = Setup {
            proxies: through(proxy.address),
            ..Setup::default()
        }
        .client();
        let target = target("https", "hooks.example", "127.0.0.1:443".parse().unwrap());
        let why = failure(&client, &target, Version::Auto).await;
        assert_eq!(
            why,
            format!("the proxy {} answered {status} to CONNECT", proxy.address)
        );
    }
}

#[tokio::test]
async fn a_proxy_that_is_away_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Setup {
        proxies: through(address),
        ..Setup::default()
    }
    .client();
    for scheme in ["http", "https"] {
        let target = target(scheme, "hooks.example", "127.0.0.1:443".parse().unwrap());
        let why = failure(&client, &target, Version::Auto).await;
        let expected = format!("connection refused by {address}");
        assert_eq!(
            why,
            format!("the proxy {address} cannot be used: {expected}")
        );
    }
}

#[tokio::test]
async fn exceptions_go_straight() {
    let (server, proxy) = (clear(empty).await, proxy(200).await);
    let url = format!("http://{}", proxy.address);
    let target = target("http", "hooks.example", server.address);
    for given in [
        [("http_proxy", &*url), ("no_proxy", "example")],
        [("HTTPS_PROXY", &*url), ("NO_PROXY", "")],
    ] {
        let client = Setup {
            proxies: variables(&given),
            ..Setup::default()
        }
        .client();
        for version in [Version::Auto, Version::Http2] {
            post(&client, &target, version).await.unwrap();
        }
    }
    assert_eq!((server.take().len(), proxy.connections()), (4, 0));
}

#[tokio::test]
async fn proxies_that_cannot_be_used_are_told_at_once() {
    let cases = [
        (
            "HTTP_PROXY",
            "socks5://user:s3cret@127.0.0.1:1080",
            "SOCKS proxies are not supported",
        ),
        (
            "ALL_PROXY",
            "socks5h://127.0.0.1:1080",
            "SOCKS proxies are not supported",
        ),
        (
            "HTTPS_PROXY",
            "https://user:s3cret@proxy.example",
            "proxies reached by https://",
        ),
        (
            "HTTPS_PROXY",
            "ftp://user:s3cret@proxy.example",
            "no URL of a proxy",
        ),
    ];
    for (variable, value, expected) in cases {
        // An exception must not hide it.
        let proxies = variables(&[(variable, value), ("NO_PROXY", "*")]);
        assert!(!format!("{proxies:?}").contains(SECRET));
        let error = Client::new(Options {
            proxies,
            ..Options::default()
        })
        .unwrap_err();
        let why = format!("{error} {error:?}");
        assert!(why.contains(variable) && why.contains(expected), "{why}");
        assert!(!why.contains(SECRET), "{why}");
    }
    let proxies = variables(&[("ALL_PROXY", "http://user:s3cret@127.0.0.1:3128")]);
    let client = Client::new(Options {
        proxies: proxies.clone(),
        ..Options::default()
    })
    .unwrap();
    assert!(!format!("{client:?} {proxies:?}").contains(SECRET));
}
