//! Several addresses of a name, raced: Happy Eyeballs (RFC 8305).
//!
//! Families take turns, the next address is tried after a quarter of a second, or at
//! once where one fails, and the first that connects wins. So an address that swallows
//! packets does not hide one that answers.

use super::connect_error::ConnectError;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// Between two tries (RFC 8305, section 5, which recommends it).
const DELAY: Duration = Duration::from_millis(250);

/// The most that one of several addresses gets: a lost packet is sent again after 1 s. So no
/// more than six are tried at a time.
const MOST: Duration = Duration::from_millis(1_500);

/// The last has the patience of the caller.
const LAST: Duration = Duration::from_secs(30);

/// Connects to the first of several addresses that can be connected to.
///
/// # Errors
/// That of the address that failed last; a lack of this machine's before all others.
pub(super) async fn connect(addresses: Vec<IpAddr>, port: u16) -> Result<TcpStream, ConnectError> {
    let mut left = interleave(addresses);
    let mut tries = FuturesUnordered::new();
    let mut failure: Option<ConnectError> = None;
    loop {
        if let Some(address) = left.pop_front() {
            let limit = if left.is_empty() { LAST } else { MOST };
            tries.push(open(SocketAddr::new(address, port), limit));
        }
        let next = async {
            if left.is_empty() {
                std::future::pending::<()>().await;
            }
            sleep(DELAY).await;
        };
        tokio::select! {
            biased;
            tried = tries.next() => match tried {
                Some(Ok(tcp)) => return Ok(tcp),
                Some(Err(error)) => {
                    if failure.as_ref().is_none_or(|known| known.scarcity().is_none()) {
                        failure = Some(error);
                    }
                    if left.is_empty() && tries.is_empty() {
                        return Err(failure.unwrap_or(ConnectError::Late));
                    }
                }
                None => return Err(failure.unwrap_or(ConnectError::Late)),
            },
            () = next => {}
        }
    }
}

async fn open(address: SocketAddr, limit: Duration) -> Result<TcpStream, ConnectError> {
    let fault = |error| ConnectError::Tcp { address, error };
    let tcp = timeout(limit, TcpStream::connect(address)).await;
    let tcp = tcp.map_err(|_| ConnectError::Late)?.map_err(fault)?;
    // Without it a small request may wait for the acknowledgement of the last one.
    tcp.set_nodelay(true).map_err(fault)?;
    Ok(tcp)
}

/// Lets the families take turns, in the order in which they came; the first address stays
/// the first (RFC 8305, section 4).
fn interleave(addresses: Vec<IpAddr>) -> VecDeque<IpAddr> {
    let first = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut own, mut other): (VecDeque<_>, VecDeque<_>) = (VecDeque::new(), VecDeque::new());
    for address in addresses {
        if address.is_ipv6() == first {
            own.push_back(address);
        } else {
            other.push_back(address);
        }
    }
    let mut all = VecDeque::with_capacity(own.len() + other.len());
    while !own.is_empty() || !other.is_empty() {
        all.extend(own.pop_front());
        all.extend(other.pop_front());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let addresses = |list: &[&str]| -> Vec<IpAddr> {
            list.iter().map(|text| text.parse().unwrap()).collect()
        };
        let given = addresses(&[
            "2001:db8::1",
            "2001:db8::2",
            "192.0.2.1",
            "192.0.2.2",
            "192.0.2.3",
        ]);
        let expected = addresses(&[
            "2001:db8::1",
            "192.0.2.1",
            "2001:db8::2",
            "192.0.2.2",
            "192.0.2.3",
        ]);
        assert_eq!(interleave(given), expected);
        assert!(interleave(Vec::new()).is_empty());
    }
}
