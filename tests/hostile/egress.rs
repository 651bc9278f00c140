//! Egress: nothing connects to where it must not, counted at the socket, in a network in
//! which every address answers.

use crate::class::Finding;
use crate::network::{self, Inside, Seen, answer_once};
use crate::spellings;
use serde::{Deserialize, Serialize};
use servo_webhooks::{
    Allow, Configuration, Connector, Event, EventOutcome, Options, Proxies, Reading, Settlement,
    Webhooks,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;

/// The argument with which this program calls itself.
pub const INSIDE: &str = "--inside-a-network";

/// Nobody's in particular: here it leads to the test.
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14));
const PROXY: &str = "10.9.9.9";
const PROXY_PORT: u16 = 3128;
const PORT: u16 = 8080;

/// Tries of a name that changes its mind, in one round.
const TRIES: usize = 500;

/// What was found inside, for the one outside.
#[derive(Default, Serialize, Deserialize)]
struct Report {
    cases: usize,
    wrong: Vec<String>,
    remarks: Vec<String>,
}

pub fn run(_: &Connector, rounds: usize, finding: &mut Finding) {
    let proxy = format!("http://{PROXY}:{PROXY_PORT}");
    let variables = [
        ("HTTP_PROXY", &*proxy),
        ("HTTPS_PROXY", &proxy),
        ("NO_PROXY", ""),
    ];
    let report = match network::run_inside(&[INSIDE, &rounds.to_string()], &variables) {
        Inside::Ended(report) => serde_json::from_slice(&report).unwrap(),
        Inside::Failed(why) => Report {
            wrong: vec![why],
            ..Report::default()
        },
        Inside::Impossible(why) => {
            return finding.skip(
                "egress",
                &format!("a network of its own cannot be had: {why}"),
            );
        }
    };
    finding.cases += report.cases;
    finding.wrong.extend(report.wrong);
    finding.remarks.extend(report.remarks);
}

/// The whole of it, inside; prints its report.
pub fn inside(rounds: usize) {
    network::furnish();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let report = runtime.block_on(async {
        network::serve_names(meaning).await;
        let seen = network::listen(PORT, serve).await;
        let mut suite = Suite {
            connector: Connector::built_in().unwrap(),
            seen,
            report: Report::default(),
        };
        suite.public().await;
        suite.spellings().await;
        suite.carriers().await;
        suite.names().await;
        suite.changing_names(TRIES * rounds).await;
        suite.redirects().await;
        suite.pooled().await;
        suite.through_a_proxy(TRIES * rounds / 5).await;
        suite.report
    });
    println!("{}", serde_json::to_string(&report).unwrap());
}

/// Names say what they mean: `only-7.test` the seventh forbidden address, `mixed-7.test`
/// that and a public one, `turned-7.test` the other way round; `flip.test` and `flip6.test`
/// change at every query.
fn meaning(name: &str, time: usize) -> Vec<IpAddr> {
    let label = name.split('.').next().unwrap_or_default();
    let (what, number) = label.rsplit_once('-').unwrap_or((label, "0"));
    let forbidden = spellings::addresses();
    let number = number.parse::<usize>().unwrap_or_default() % forbidden.len();
    match what {
        "public" => vec![PUBLIC],
        "only" => vec![forbidden[number]],
        "mixed" => vec![PUBLIC, forbidden[number]],
        "turned" => vec![forbidden[number], PUBLIC],
        "flip" if time % 2 == 1 => vec![Ipv4Addr::LOCALHOST.into()],
        "any" if !time.is_multiple_of(3) => vec![forbidden[time % forbidden.len()]],
        "flip6" if time % 2 == 1 => vec![PUBLIC, Ipv6Addr::LOCALHOST.into()],
        "flip" | "flip6" | "any" => vec![PUBLIC],
        "inner" => vec![Ipv4Addr::new(10, 1, 1, 1).into()],
        _ => Vec::new(),
    }
}

/// Answers 204, or as the path says: `/302/http://...`.
async fn serve(mut stream: TcpStream, _: IpAddr) -> std::io::Result<()> {
    let mut first = String::new();
    let mut peeked = [0; 512];
    let count = stream.peek(&mut peeked).await?;
    BufReader::new(&peeked[..count])
        .read_line(&mut first)
        .await?;
    let path = first.split(' ').nth(1).unwrap_or_default();
    let redirect = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    let answer = match redirect {
        Some((status, location)) if !location.is_empty() => format!(
            "{status} Elsewhere\r\nLocation: {location}\r\nContent-Location: {location}\r\nRefresh: 0;url={location}\r\nAlt-Svc: h2=\"127.0.0.1:{PORT}\""
        ),
        _ => "204 No Content".to_owned(),
    };
    answer_once(&mut stream, &answer).await
}

struct Suite {
    connector: Connector,
    seen: Seen,
    report: Report,
}

impl Suite {
    /// None if the configuration is refused already.
    fn webhooks(&self, urls: &[&str], allow: &[&str], proxies: Proxies) -> Option<Webhooks> {
        let webhook = |url: &&str| {
            let url = serde_json::json!(url);
            format!(
                "- {{events: before:adjust, url: {url}, secret: s, backoff: false, timeout: 25s}}\n"
            )
        };
        let yaml: String = urls.iter().map(webhook).collect();
        let reading = Reading::default();
        let read = Configuration::read(
            &self.connector,
            "hostile.yaml",
            Path::new(""),
            yaml.as_bytes(),
            &reading,
        );
        let mut options = Options::default();
        options.allow = Allow::parse(allow.iter().copied()).unwrap();
        options.proxies = proxies;
        Some(Webhooks::start(&self.connector, read.ok()?, options, ()).unwrap())
    }

    async fn ask(&mut self, webhooks: &Webhooks) -> EventOutcome {
        self.report.cases += 1;
        webhooks
            .before(&Event::new("adjust").unwrap())
            .await
            .unwrap()
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.report.wrong.push(what());
        }
    }

    /// Connections since the last look, but for these.
    fn nobody_but(&mut self, allowed: &[IpAddr], what: &str) {
        for (address, count) in self.seen.take() {
            self.expect(allowed.contains(&address), || {
                format!("{what}: {count} connections to {address}")
            });
        }
    }

    /// Refused, by an error that says so, or not even loaded.
    async fn refused(&mut self, url: &str, allow: &[&str]) {
        let Some(webhooks) = self.webhooks(&[url], allow, Proxies::none()) else {
            self.report.cases += 1;
            return;
        };
        let outcome = self.ask(&webhooks).await;
        let webhook = &outcome.webhooks[0];
        let error = webhook.error.as_deref().unwrap_or_default();
        let rightly = webhook.outcome == Settlement::NoAnswer
            && (error.contains("allow it with --allow") || error.contains("lookup"));
        self.expect(rightly, || format!("{url}: {webhook:?}"));
    }

    /// What may be reached is reached, or all that follows would say nothing.
    async fn public(&mut self) {
        let IpAddr::V4(address) = PUBLIC else { return };
        let mut hosts = spellings::of_v4(address);
        // What a configuration may hold, and of the forms that carry an address those
        // that mean it.
        hosts.retain(|host| match host.strip_prefix('[') {
            Some(carrier) => {
                let mapped = carrier.starts_with("::ffff:") && !carrier.starts_with("::ffff:0:");
                mapped || carrier.starts_with("64:ff9b::")
            }
            None => host.is_ascii() && !host.contains('%'),
        });
        hosts.extend(["public.test".to_owned(), "flip.test".to_owned()]);
        let count = hosts.len();
        for host in hosts {
            let url = format!("http://{host}:{PORT}/");
            let Some(webhooks) = self.webhooks(&[&url], &[], Proxies::none()) else {
                self.expect(false, || format!("{url} is not loaded"));
                continue;
            };
            let outcome = self.ask(&webhooks).await;
            let proceeds = outcome.webhooks[0].outcome == Settlement::Proceeded;
            self.expect(proceeds, || format!("{url}: {outcome:?}"));
        }
        let seen: usize = self.seen.take().values().sum();
        self.expect(seen == count, || {
            format!("{seen} connections for {count} public addresses")
        });
    }

    async fn spellings(&mut self) {
        let all = spellings::all();
        self.report.remarks.push(format!(
            "{} spellings of {} addresses",
            all.len(),
            spellings::V4.len() + spellings::V6.len()
        ));
        for host in all {
            self.refused(&format!("http://{host}:{PORT}/"), &[]).await;
        }
        self.nobody_but(&[], "spellings");
    }

    /// Whoever allows the addresses that carry others has not allowed what they carry.
    async fn carriers(&mut self) {
        for inner in [
            "169.254.169.254",
            "100.100.100.200",
            "127.0.0.1",
            "10.0.0.1",
        ] {
            for outer in spellings::inside_v6(inner.parse().unwrap()) {
                let url = format!("http://[{outer}]:{PORT}/");
                for allow in ["::/0", "64:ff9b:1::/48"] {
                    self.refused(&url, &[allow]).await;
                }
            }
        }
        self.nobody_but(&[], "addresses inside those that are allowed");
    }

    async fn names(&mut self) {
        for number in 0..spellings::addresses().len() {
            for what in ["only", "mixed", "turned"] {
                self.refused(&format!("http://{what}-{number}.test:{PORT}/"), &[])
                    .await;
            }
        }
        self.nobody_but(&[], "names with a forbidden address");
    }

    /// Every try looks the name up again: it connects to what was vetted, or not at all.
    async fn changing_names(&mut self, tries: usize) {
        for host in ["flip.test", "flip6.test", "any.test"] {
            let url = format!("http://{host}:{PORT}/");
            let webhooks = self.webhooks(&[&url], &[], Proxies::none()).unwrap();
            let mut proceeded = 0;
            for _ in 0..tries {
                let outcome = self.ask(&webhooks).await;
                proceeded += usize::from(outcome.webhooks[0].outcome == Settlement::Proceeded);
            }
            self.expect((1..tries).contains(&proceeded), || {
                format!("{host}: {proceeded} of {tries} proceeded")
            });
            self.nobody_but(&[PUBLIC], host);
        }
        self.report.remarks.push(format!(
            "{tries} tries of each of 3 names that change at every query"
        ));
    }

    async fn redirects(&mut self) {
        for status in [300, 301, 302, 303, 304, 305, 307, 308] {
            for location in [
                "http://127.0.0.1:8080/",
                "//10.0.0.1:8080/",
                "http://[::1]:8080/",
                "http://only-0.test:8080/",
                "http://169.254.169.254:8080/latest/meta-data/",
                "/204",
            ] {
                let url = format!("http://public.test:{PORT}/{status}/{location}");
                let webhooks = self.webhooks(&[&url], &[], Proxies::none()).unwrap();
                let outcome = self.ask(&webhooks).await;
                let webhook = &outcome.webhooks[0];
                self.expect(
                    webhook.status == Some(status) && webhook.attempts == 1,
                    || format!("{url}: {webhook:?}"),
                );
            }
        }
        self.nobody_but(&[PUBLIC], "redirects");
    }

    /// A connection that one target may use is no way for another.
    async fn pooled(&mut self) {
        let inner: IpAddr = Ipv4Addr::new(10, 1, 1, 1).into();
        let urls = [
            "http://inner.test:8080/",
            "http://inner-1.test:8080/",
            "http://10.1.1.1:8080/",
            "http://inner.test.:8080/",
        ];
        let webhooks = self
            .webhooks(&urls, &["inner.test"], Proxies::none())
            .unwrap();
        for _ in 0..50 {
            let outcome = self.ask(&webhooks).await;
            let outcomes: Vec<_> = outcome
                .webhooks
                .iter()
                .map(|webhook| webhook.outcome)
                .collect();
            let expected = [
                Settlement::Proceeded,
                Settlement::NoAnswer,
                Settlement::NoAnswer,
                Settlement::Proceeded,
            ];
            self.expect(outcomes == expected, || format!("{outcome:?}"));
        }
        self.nobody_but(&[inner], "an address that one name may use");
    }

    /// The proxy is exempt, what is asked of it is not.
    async fn through_a_proxy(&mut self, tries: usize) {
        let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let notes = asked.clone();
        let proxy = network::listen(PROXY_PORT, move |mut stream, _| {
            let notes = notes.clone();
            async move {
                let mut peeked = [0; 1024];
                let count = stream.peek(&mut peeked).await?;
                let head = String::from_utf8_lossy(&peeked[..count]).into_owned();
                notes
                    .lock()
                    .unwrap()
                    .push(head.lines().next().unwrap_or_default().to_owned());
                answer_once(&mut stream, "204 No Content").await
            }
        })
        .await;
        let forbidden = [
            "127.0.0.1",
            "only-0.test",
            "mixed-7.test",
            "turned-9.test",
            "[::1]",
            "2130706433",
            "localhost",
        ];
        for scheme in ["http", "https"] {
            for host in forbidden {
                let url = format!("{scheme}://{host}:{PORT}/");
                let webhooks = self.webhooks(&[&url], &[], Proxies::from_env()).unwrap();
                let outcome = self.ask(&webhooks).await;
                let error = outcome.webhooks[0].error.clone().unwrap_or_default();
                self.expect(error.contains("allow it with"), || {
                    format!("{url} through a proxy: {outcome:?}")
                });
            }
        }
        self.expect(asked.lock().unwrap().is_empty(), || {
            "the proxy was asked for a forbidden target".to_owned()
        });
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://flip.test:{PORT}/");
            let webhooks = self.webhooks(&[&url], &[], Proxies::from_env()).unwrap();
            for _ in 0..tries {
                self.ask(&webhooks).await;
            }
        }
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        for line in &asked {
            let by_name = line.starts_with(&format!("POST http://flip.test:{PORT}/ "))
                || line.starts_with(&format!("CONNECT flip.test:{PORT} "));
            self.expect(by_name, || format!("the proxy was asked: {line}"));
        }
        let count = asked.len();
        self.expect((1..2 * tries).contains(&count), || {
            format!("the proxy was asked {count} times in {} tries", 2 * tries)
        });
        self.nobody_but(&[], "beside the proxy");
        let reached: Vec<_> = proxy.take().into_keys().collect();
        self.expect(reached == [PROXY.parse::<IpAddr>().unwrap()], || {
            format!("proxies at {reached:?}")
        });
    }
}
