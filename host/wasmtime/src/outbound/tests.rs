//! The client against real servers on loopback.

#[path = "../../../../tests/all/support/authority.rs"]
mod authority;
mod plain;
mod proxied;
mod proxy_urls;
mod secure;
mod server;
mod streams;
mod transport;
mod wrong;

use super::client::Client;
use super::options::Options;
use super::resolve::Resolve;
use super::version::Version;
use super::{Allow, Answer, Outgoing, Proxies, SendError, Target, Urgency};
use crate::deadline::Deadline;
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What no error may repeat.
const SECRET: &str = "s3cret";

/// A client whose names are told by the test.
struct Setup {
    allow: &'static str,
    ca_file: Option<PathBuf>,
    ca_certificates: Vec<u8>,
    proxies: Proxies,
    addresses: Vec<IpAddr>,
    lookups: Arc<AtomicUsize>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            allow: "loopback",
            ca_file: None,
            ca_certificates: Vec::new(),
            proxies: Proxies::none(),
            addresses: vec![HOME],
            lookups: Arc::default(),
        }
    }
}

impl Setup {
    fn client(&self) -> Client {
        let (addresses, lookups) = (self.addresses.clone(), self.lookups.clone());
        let resolve = Resolve::Test(Arc::new(move |_| {
            lookups.fetch_add(1, Ordering::SeqCst);
            addresses.clone()
        }));
        let allow = Allow::parse(self.allow.split(',').filter(|item| !item.is_empty())).unwrap();
        let (ca_file, proxies) = (self.ca_file.clone(), self.proxies.clone());
        Client::with_resolve(
            Options {
                allow,
                ca_file,
                ca_certificates: self.ca_certificates.clone(),
                proxies,
                ..Options::default()
            },
            resolve,
        )
        .unwrap()
    }
}

fn target(scheme: &str, host: &str, address: SocketAddr) -> Target {
    let port = address.port();
    Target::parse(&format!("{scheme}://{host}:{port}/{SECRET}?token={SECRET}")).unwrap()
}

async fn post(client: &Client, target: &Target, version: Version) -> Result<Answer, SendError> {
    let sent = send(
        client,
        target,
        version,
        HeaderMap::new(),
        Bytes::from_static(b"{}"),
    );
    timeout(Duration::from_secs(20), sent)
        .await
        .expect("no answer for a long time")
}

async fn send(
    client: &Client,
    target: &Target,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, SendError> {
    let outgoing = Outgoing {
        target,
        version,
        method: Method::POST,
        headers,
        body,
        urgency: Urgency::Question,
    };
    let mut deadline = Deadline::after(Duration::from_secs(3));
    client.send(outgoing, Some(&mut deadline)).await
}

/// Why there is no answer; checked to hold no secret.
async fn failure(client: &Client, target: &Target, version: Version) -> String {
    match post(client, target, version).await {
        Err(SendError::NoAnswer(error)) => {
            let why = error.to_string();
            assert!(!why.contains(SECRET), "{why}");
            why
        }
        other => panic!("expected no answer: {other:?}"),
    }
}
