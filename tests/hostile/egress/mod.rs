//! Egress: nothing connects to where it must not, counted at the socket, in a network in
//! which every address answers.

mod proxies;
mod suite;

use crate::class::Finding;
use crate::network::{self, Inside, answer_once};
use crate::spellings;
use serde::{Deserialize, Serialize};
use servo_webhooks::Connector;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use suite::Suite;
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
