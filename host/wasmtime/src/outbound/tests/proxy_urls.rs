//! Proxies that a host names by their URL.

use super::super::Proxies;
use super::server::{clear, proxy};
use super::{SECRET, Setup, post, target};
use crate::outbound::Version;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

fn empty() -> Response<Full<Bytes>> {
    Response::new(Full::default())
}

#[tokio::test]
async fn a_proxy_is_taken_as_a_url_too() {
    let server = clear(empty).await;
    let proxy = proxy(200).await;
    let url = format!("http://user:{SECRET}@{}", proxy.address);
    for (exceptions, asked) in [("", true), ("hooks.example", false)] {
        let client = Setup {
            proxies: Proxies::from_url(&url, exceptions).unwrap(),
            ..Setup::default()
        }
        .client();
        let target = target("http", "hooks.example", server.address);
        let answer = post(&client, &target, Version::Http2).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        let heads = proxy.take();
        assert_eq!(heads.len(), usize::from(asked), "{exceptions:?}");
        for head in heads {
            // `user:s3cret`, by the base64 of coreutils.
            assert!(head.contains("Basic dXNlcjpzM2NyZXQ="), "{head}");
        }
    }
    let wrong = format!("socks5://user:{SECRET}@proxy.example");
    let error = Proxies::from_url(&wrong, "").unwrap_err();
    assert!(
        error.is_options() && !error.to_string().contains(SECRET),
        "{error}"
    );
}
