//! Real proxies that let nobody through but to names of their lists: they are asked by
//! name, and the origin sees the name as its `Host`.

use crate::support::authority::Authority;
use crate::support::daemon::{self, Daemon, free};
use crate::support::missing;
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

const EVENTS: &str = "{\"event\":\"before:adjust\"}\n{\"event\":\"after:adjust\"}\n";

/// The only name that means loopback on every machine.
const NAME: &str = "localhost";

/// A proxy, and where it is.
struct Proxy {
    daemon: Daemon,
    address: SocketAddr,
}

impl Proxy {
    fn start(program: &Path, arguments: &[&str], files: &[(&str, String)]) -> Self {
        let [address] = free();
        let port = address.port().to_string();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|text| text.replace("{port}", &port))
            .collect();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let placed = files
            .iter()
            .map(|(name, text)| (*name, text.replace("{port}", &port)));
        let files: Vec<_> = placed.collect();
        let daemon = Daemon::start(program, &arguments, &files, &[address]).unwrap();
        Self { daemon, address }
    }
}

/// Lets through to one name alone (`FilterDefaultDeny`), to any port.
fn tinyproxy(program: &Path) -> Proxy {
    let configuration = "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n\
        Filter \"{folder}/names\"\nFilterDefaultDeny Yes\nLogLevel Info\n";
    let files = [
        ("tinyproxy.conf", configuration.to_owned()),
        ("names", format!("^{NAME}$\n")),
    ];
    Proxy::start(program, &["-d", "-c", "tinyproxy.conf"], &files)
}

/// Lets through to one name alone (`dstdomain`), to any port.
fn squid(program: &Path) -> Proxy {
    let configuration = format!(
        "http_port 127.0.0.1:{{port}}\nacl named dstdomain -n {NAME}\n\
         http_access allow named\nhttp_access deny all\ncache deny all\n\
         access_log stdio:{{folder}}/more.log\ncache_log {{folder}}/cache.log\n\
         pid_filename {{folder}}/squid.pid\ncoredump_dir {{folder}}\nnetdb_filename none\n\
         pinger_enable off\nvisible_hostname proxy.test\nmax_filedescriptors 1024\n\
         shutdown_lifetime 0 seconds\n"
    );
    let files = [("squid.conf", configuration)];
    // By its name it names memory that it shares, with itself alone.
    let arguments = ["-N", "-n", "servo{port}", "-f", "squid.conf"];
    Proxy::start(program, &arguments, &files)
}

/// Both sides of an event, by name and by address, in clear and over TLS.
fn asks_by_name(proxy: &Proxy) {
    let authority = Authority::new();
    let ca = authority.file().display().to_string();
    let veto = |request: &crate::support::responder::Received| {
        if request.header("x-servo-event").starts_with("before:") {
            Reply::cancel("not now")
        } else {
            Reply::status(200)
        }
    };
    let tls = Arc::unwrap_or_clone(authority.server(NAME, &["h2", "http/1.1"]));
    let secure = Responder::start_tls(tls, veto);
    let clear = Responder::start(veto);
    for (scheme, origin) in [("http", &clear), ("https", &secure)] {
        let port = origin.address.port();
        let run = |host: &str| {
            let hook = |name: &str, event: &str| {
                format!(
                    "- {{name: {name}, events: '{event}:adjust', url: '{scheme}://{host}:{port}/', secret: s, backoff: false}}\n"
                )
            };
            let yaml = hook("asks", "before") + &hook("tells", "after");
            let url = format!("http://{}", proxy.address);
            let program = Program::new(&yaml)
                .variable("HTTP_PROXY", &url)
                .variable("http_proxy", &url)
                .variable("HTTPS_PROXY", &url);
            program.run(EVENTS, &["--ca-file", &ca])
        };
        let heard = run(NAME);
        let context = || {
            format!(
                "{scheme}: {}\n{}\n{}",
                heard.stdout,
                heard.stderr,
                proxy.daemon.said()
            )
        };
        let events = heard.of_type("event");
        assert_eq!(events[0]["outcome"], "cancelled", "{}", context());
        let delivery = &heard.of_type("delivery")[0];
        assert_eq!(delivery["outcome"], "delivered", "{}", context());
        let received = origin.received();
        assert_eq!(received.len(), 2, "{}", context());
        if scheme == "http" {
            // By HTTP/2 there is no such header.
            for request in received {
                assert_eq!(request.header("host"), format!("{NAME}:{port}"));
            }
        }
        // Its list is one of names indeed: the same place by its address is refused.
        let refused = run("127.0.0.1");
        let delivery = &refused.of_type("delivery")[0];
        assert_eq!(delivery["outcome"], "failed", "{}", refused.stdout);
        assert_eq!(origin.received().len(), 2);
    }
}

#[test]
fn tinyproxy_with_a_list_of_names_lets_through_what_is_asked_by_name() {
    match daemon::find("tinyproxy") {
        Some(program) => asks_by_name(&tinyproxy(&program)),
        None => missing("tinyproxy"),
    }
}

#[test]
fn squid_with_a_list_of_names_lets_through_what_is_asked_by_name() {
    match daemon::find("squid") {
        Some(program) => asks_by_name(&squid(&program)),
        None => missing("squid"),
    }
}
