//! Targets that must not be connected to, and those that may.

use super::{PORT, PUBLIC, Report};
use crate::network::Seen;
use crate::spellings;
use crate::webhooks;
use servo_webhooks::{
    Allow, Connector, Event, EventOutcome, Options, Proxies, WebhookStatus, Webhooks,
};
use std::net::{IpAddr, Ipv4Addr};

pub struct Suite {
    pub connector: Connector,
    pub seen: Seen,
    pub report: Report,
}

impl Suite {
    /// None if the configuration is refused already.
    pub fn webhooks(&self, urls: &[&str], allow: &[&str], proxies: Proxies) -> Option<Webhooks> {
        let webhook = |url: &&str| {
            let url = serde_json::json!(url);
            format!(
                "- {{events: before:adjust, url: {url}, secret: s, backoff: false, timeout: 25s}}\n"
            )
        };
        let yaml: String = urls.iter().map(webhook).collect();
        let read = webhooks::read(&self.connector, &yaml);
        let mut options = Options::default();
        options.allow = Allow::parse(allow.iter().copied()).unwrap();
        options.proxies = proxies;
        Some(Webhooks::start(read.ok()?, options, ()).unwrap())
    }

    pub async fn ask(&mut self, webhooks: &Webhooks) -> EventOutcome {
        self.report.cases += 1;
        webhooks
            .before(&Event::new("adjust").unwrap())
            .await
            .unwrap()
            .into()
    }

    pub fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.report.wrong.push(what());
        }
    }

    /// Connections since the last look, but for these.
    pub fn nobody_but(&mut self, allowed: &[IpAddr], what: &str) {
        for (address, count) in self.seen.take() {
            self.expect(allowed.contains(&address), || {
                format!("{what}: {count} connections to {address}")
            });
        }
    }

    /// Refused, by an error that says so, or not even loaded.
    pub async fn refused(&mut self, url: &str, allow: &[&str]) {
        let Some(webhooks) = self.webhooks(&[url], allow, Proxies::none()) else {
            self.report.cases += 1;
            return;
        };
        let outcome = self.ask(&webhooks).await;
        let webhook = &outcome.webhooks[0];
        let error = webhook.error.as_deref().unwrap_or_default();
        let rightly = webhook.outcome == WebhookStatus::NoAnswer
            && (error.contains("allow it as") || error.contains("lookup"));
        self.expect(rightly, || format!("{url}: {webhook:?}"));
    }

    /// What may be reached is reached, or all that follows would say nothing.
    pub async fn public(&mut self) {
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
            let proceeds = outcome.webhooks[0].outcome == WebhookStatus::Proceeded;
            self.expect(proceeds, || format!("{url}: {outcome:?}"));
        }
        let seen: usize = self.seen.take().values().sum();
        self.expect(seen == count, || {
            format!("{seen} connections for {count} public addresses")
        });
    }

    pub async fn spellings(&mut self) {
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
    pub async fn carriers(&mut self) {
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

    pub async fn names(&mut self) {
        for number in 0..spellings::addresses().len() {
            for what in ["only", "mixed", "turned"] {
                self.refused(&format!("http://{what}-{number}.test:{PORT}/"), &[])
                    .await;
            }
        }
        self.nobody_but(&[], "names with a forbidden address");
    }

    /// Every try looks the name up again: it connects to what was vetted, or not at all.
    pub async fn changing_names(&mut self, tries: usize) {
        for host in ["flip.test", "flip6.test", "any.test"] {
            let url = format!("http://{host}:{PORT}/");
            let webhooks = self.webhooks(&[&url], &[], Proxies::none()).unwrap();
            let mut proceeded = 0;
            for _ in 0..tries {
                let outcome = self.ask(&webhooks).await;
                proceeded += usize::from(outcome.webhooks[0].outcome == WebhookStatus::Proceeded);
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

    pub async fn redirects(&mut self) {
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
    pub async fn pooled(&mut self) {
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
                WebhookStatus::Proceeded,
                WebhookStatus::NoAnswer,
                WebhookStatus::NoAnswer,
                WebhookStatus::Proceeded,
            ];
            self.expect(outcomes == expected, || format!("{outcome:?}"));
        }
        self.nobody_but(&[inner], "an address that one name may use");
    }
}
