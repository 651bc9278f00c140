//! A server on this machine or near it, which a person names.

use anyhow::anyhow;
use servo_webhooks::__internal::outbound::{Client, Options, Target};
use servo_webhooks::{Allow, Proxies};

/// A client for the server of a URL, in a runtime. Whoever names the URL in this option allows
/// its host, as `--allow HOST` would.
pub fn client(option: &str, url: &str) -> anyhow::Result<(Client, Target)> {
    let target = Target::parse(url).map_err(|error| anyhow!("{option} {error}"))?;
    let options = Options {
        allow: Allow::parse([target.host()])?,
        proxies: Proxies::none(),
        ..Options::default()
    };
    Ok((Client::new(options)?, target))
}
