//! Targets that are asked of a proxy.

use super::suite::Suite;
use super::{PORT, PROXY, PROXY_PORT};
use crate::network::{self, answer_once};
use servo_webhooks::Proxies;
use std::net::IpAddr;

impl Suite {
    /// The proxy is exempt, what is asked of it is not.
    pub async fn through_a_proxy(&mut self, tries: usize) {
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
                self.expect(error.contains("allow it as"), || {
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
