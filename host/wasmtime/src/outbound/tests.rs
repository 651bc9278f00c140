#![allow(clippy::unwrap_used)]
use super::connect::Resolver;
use super::*;
use bytes::Bytes;
use http::HeaderMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A server that answers every request on a connection with the same bytes.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heads) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let (count, log, answer) = (
            Arc::clone(&connections),
            Arc::clone(&heads),
            Arc::new(answer),
        );
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || {
                    while let Some(head) = read_request(&mut stream) {
                        let bytes = answer(&head);
                        log.lock().unwrap().push(head);
                        if bytes.is_empty() || stream.write_all(&bytes).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self {
            address,
            connections,
            heads,
        }
    }
}

/// The head of one request; its body is read away.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap_or("0")
        .parse()
        .unwrap();
    std::io::copy(&mut stream.take(length), &mut std::io::sink()).unwrap();
    Some(head)
}

fn options(proxies: Proxies) -> Options {
    Options {
        allow: Allow::parse(["loopback"]).unwrap(),
        ca_file: None,
        proxies,
    }
}

fn client() -> Client {
    Client::new(options(Proxies::none())).unwrap()
}

async fn post(client: &Client, url: &str) -> Result<Answer, String> {
    let target = Target::parse(url).unwrap();
    let sent = client
        .send(
            &target,
            Version::Auto,
            HeaderMap::new(),
            Bytes::from_static(b"{}"),
        )
        .await;
    sent.map_err(|error| error.to_string())
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let server = Server::start(|_| OK.to_vec());
    let client = client();
    for _ in 0..100 {
        let answer = post(&client, &format!("http://{}/a?b", server.address))
            .await
            .unwrap();
        assert_eq!(answer.status, 200);
        answer.finish().await;
        // hyper gives the connection back in a task of its own.
        tokio::task::yield_now().await;
    }
    let heads = server.heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 100);
    assert!(
        heads[0].starts_with("POST /a?b HTTP/1.1\r\n"),
        "{}",
        heads[0]
    );
    assert!(heads[0].contains(&format!("host: {}\r\n", server.address)));
    assert!(
        server.connections.load(Ordering::SeqCst) <= 3,
        "{} connections",
        server.connections.load(Ordering::SeqCst)
    );
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_no_failure() {
    let server = Server::start(|_| {
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_vec()
    });
    let client = client();
    for _ in 0..20 {
        assert!(
            post(&client, &format!("http://{}/", server.address))
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn bodies_are_read_up_to_the_cap() {
    for (answer, length, ending) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789",
            10,
            Ending::Whole,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n0123456789a",
            10,
            Ending::Oversized,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            3,
            Ending::Whole,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
            3,
            Ending::Broken,
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", 0, Ending::Whole),
    ] {
        let server = Server::start(move |_| answer.as_bytes().to_vec());
        let body = post(&client(), &format!("http://{}/", server.address))
            .await
            .unwrap()
            .read(10)
            .await;
        assert_eq!(
            (body.bytes.len(), body.ending),
            (length, ending),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_is_no_answer() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(64 << 10));
    for (answer, says) in [
        ("HELLO\r\n\r\n".to_owned(), "not HTTP"),
        (String::new(), "closed before an answer"),
        (
            "HTTP/1.1 200 OK\r\ncontent-le".to_owned() + "\u{1}\r\n\r\n",
            "not HTTP",
        ),
        (long, "16 KiB"),
    ] {
        let server = Server::start(move |_| answer.clone().into_bytes());
        let error = post(&client(), &format!("http://{}/secret/path", server.address))
            .await
            .unwrap_err();
        assert!(error.contains(says), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let free = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let error = post(&client(), &format!("http://{free}/secret"))
        .await
        .unwrap_err();
    assert_eq!(error, format!("connection refused by http://{free}"));
    let server = Server::start(|_| OK.to_vec());
    let error = post(&client(), &format!("https://{}/secret", server.address))
        .await
        .unwrap_err();
    assert!(error.contains("secure connection"), "{error}");
}

#[tokio::test]
async fn a_name_is_refused_if_any_of_its_addresses_is() {
    let server = Server::start(|_| OK.to_vec());
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let resolver = Resolver::Test(Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        vec![
            Ipv4Addr::LOCALHOST.into(),
            IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        ]
    }));
    let client = Client::with_resolver(options(Proxies::none()), resolver).unwrap();
    let error = post(
        &client,
        &format!("http://mixed.example:{}/", server.address.port()),
    )
    .await
    .unwrap_err();
    assert!(
        error.contains("mixed.example has the address 10.0.0.1"),
        "{error}"
    );
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gets_no_connection() {
    let server = Server::start(|_| OK.to_vec());
    let turn = Arc::new(AtomicUsize::new(0));
    let resolver = Resolver::Test(Arc::new(move |_| {
        let public = turn.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        vec![if public {
            Ipv4Addr::new(192, 0, 2, 1).into()
        } else {
            Ipv4Addr::new(127, 0, 0, 1).into()
        }]
    }));
    let allow = Allow::parse(["192.0.2.1"]).unwrap();
    let client = Client::with_resolver(
        Options {
            allow,
            ..Options::default()
        },
        resolver,
    )
    .unwrap();
    for _ in 0..50 {
        let sent = post(
            &client,
            &format!("http://rebinding.example:{}/", server.address.port()),
        );
        // Where it is allowed to go, nobody answers.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(5), sent).await;
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn addresses_are_vetted_like_names() {
    let server = Server::start(|_| OK.to_vec());
    let client = Client::new(Options::default()).unwrap();
    for host in ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost"] {
        let error = post(
            &client,
            &format!("http://{host}:{}/", server.address.port()),
        )
        .await
        .unwrap_err();
        assert!(error.contains("--allow loopback"), "{host}: {error}");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_proxy_is_asked_for_vetted_addresses() {
    let proxy = Server::start(|head| {
        if head.starts_with("CONNECT") {
            b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec()
        } else {
            OK.to_vec()
        }
    });
    let proxies = Proxies::all_through(&format!("http://user:hunter2@{}", proxy.address));
    let resolver = Resolver::Test(Arc::new(|host| {
        vec![
            if host == "inside.example" {
                Ipv4Addr::new(10, 0, 0, 1)
            } else {
                Ipv4Addr::new(93, 184, 215, 14)
            }
            .into(),
        ]
    }));
    let client = Client::with_resolver(
        Options {
            proxies,
            ..Options::default()
        },
        resolver,
    )
    .unwrap();
    assert!(post(&client, "http://outside.example/a?b").await.is_ok());
    let error = post(&client, "https://outside.example/a?b")
        .await
        .unwrap_err();
    assert!(
        error.contains("the proxy") && !error.contains("hunter2"),
        "{error}"
    );
    for url in [
        "http://inside.example/",
        "https://inside.example/",
        "http://127.0.0.1/",
        "https://[::1]/",
    ] {
        let error = post(&client, url).await.unwrap_err();
        assert!(error.contains("--allow"), "{url}: {error}");
    }
    let heads = proxy.heads.lock().unwrap().clone();
    assert_eq!(
        heads.len(),
        2,
        "nothing is asked for what is forbidden: {heads:?}"
    );
    assert!(
        heads[0].starts_with("POST http://93.184.215.14:80/a?b HTTP/1.1\r\n"),
        "{}",
        heads[0]
    );
    assert!(
        heads[0].contains("host: outside.example\r\n"),
        "{}",
        heads[0]
    );
    assert!(
        heads[0]
            .to_ascii_lowercase()
            .contains("proxy-authorization: basic "),
        "{}",
        heads[0]
    );
    assert!(
        heads[1].starts_with("CONNECT 93.184.215.14:443 HTTP/1.1\r\n"),
        "{}",
        heads[1]
    );
    assert!(!format!("{client:?}").contains("hunter2"));
}

#[test]
fn proxies_of_other_kinds_are_refused() {
    for proxy in ["socks5://127.0.0.1:1", "https://127.0.0.1:1"] {
        let error = Client::new(options(Proxies::all_through(proxy)))
            .unwrap_err()
            .to_string();
        assert!(error.contains("http://"), "{error}");
    }
}

#[test]
fn ca_files() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let with = |path: &std::path::Path| {
        let options = Options {
            ca_file: Some(path.to_owned()),
            ..Options::default()
        };
        Client::new(options)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert!(with(file.path()).unwrap_err().contains("no certificate"));
    std::fs::write(
        file.path(),
        "-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(with(file.path()).is_err());
    assert!(
        with("/nonexistent".as_ref())
            .unwrap_err()
            .contains("/nonexistent")
    );
}

#[test]
fn targets_show_their_origin_alone() {
    let target = Target::parse("https://Example.com:443/path?query#fragment").unwrap();
    assert_eq!(
        format!("{target:?} {target}"),
        "https://example.com https://example.com"
    );
    assert_eq!(target.uri().to_string(), "https://example.com/path?query");
    assert_eq!(
        (target.host(), target.port(), target.is_https()),
        ("example.com", 443, true)
    );
    for url in [
        "ftp://a/",
        "http:///",
        "http://user@a/",
        "http://:p@a/",
        "http://a:0/",
        "a",
        "http://a:99999/",
    ] {
        let error = Target::parse(url).map(drop).unwrap_err();
        assert!(!error.to_string().is_empty(), "{url}");
    }
}
