//! A responder's side of HTTP/1.1.

use super::behaviour::{Behaviour, KEPT};
use super::responder::{Manner, Stream};
use crate::answers::CANCEL;
use fastrand::Rng;
use std::io::{ErrorKind, Result};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

const REASON: &str = r#"{"reason": "no"}"#;

/// Answers one request after the other, until its way or the other side ends it.
pub async fn converse(mut line: impl Stream, manner: &Manner, mut random: Rng) -> Result<()> {
    for answered in 0.. {
        match manner.behaviour {
            Behaviour::EndsUnread(most) if answered >= most => {
                line.arrival().await?;
                manner.disturb();
                return Ok(());
            }
            Behaviour::EndsRead(most) if answered >= most => {
                read(&mut line, manner).await?.rest(&mut line).await?;
                manner.disturb();
                return Ok(());
            }
            Behaviour::EndsSoon(most) if answered > 0 => {
                let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
                let moment = Duration::from_micros(random.u64(0..=most));
                if !line.arrives_within(moment).await? || random.bool() {
                    manner.disturb();
                    return Ok(());
                }
            }
            _ => {}
        }
        let says_until_when = matches!(
            manner.behaviour,
            Behaviour::EndsAsItSaid | Behaviour::IsSilentAsItSaid
        );
        if says_until_when && answered > 0 && !line.arrives_within(KEPT).await? {
            manner.disturb();
            if matches!(manner.behaviour, Behaviour::EndsAsItSaid) {
                return line.end_in_peace().await;
            }
            // Until the other side has enough of it.
            while line.read(&mut [0; 4096]).await? > 0 {}
            return Ok(());
        }
        let request = read(&mut line, manner).await?;
        if matches!(
            manner.behaviour,
            Behaviour::AnswersEarly | Behaviour::AnswersEarlyAndWaits
        ) {
            line.write_all(answer(manner.behaviour).as_bytes()).await?;
            line.flush().await?;
            manner.disturb();
            if matches!(manner.behaviour, Behaviour::AnswersEarlyAndWaits) {
                sleep(Duration::from_millis(20)).await;
            }
            return Ok(());
        }
        request.rest(&mut line).await?;
        sleep(manner.wait).await;
        line.write_all(answer(manner.behaviour).as_bytes()).await?;
        line.flush().await?;
        if matches!(manner.behaviour, Behaviour::AnswersOnce) {
            manner.disturb();
            return line.end_in_peace().await;
        }
    }
    Ok(())
}

fn answer(behaviour: Behaviour) -> String {
    let more = match behaviour {
        Behaviour::EndsAsItSaid | Behaviour::IsSilentAsItSaid => "Keep-Alive: timeout=1\r\n",
        Behaviour::AnswersOnce => "Connection: close\r\n",
        _ => "",
    };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {CANCEL}\r\n{more}Content-Length: {}\r\n\r\n{REASON}",
        REASON.len()
    )
}

/// What of a request is still to come.
struct Request {
    left: usize,
}

impl Request {
    async fn rest(self, line: &mut impl Stream) -> Result<()> {
        let mut left = self.left;
        let mut some = [0; 16 << 10];
        while left > 0 {
            let wanted = left.min(some.len());
            match line.read(&mut some[..wanted]).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => left -= count,
            }
        }
        Ok(())
    }
}

/// Reads the head of a request, and no more than what came with it.
async fn read(line: &mut impl Stream, manner: &Manner) -> Result<Request> {
    let mut read = Vec::new();
    let mut some = [0; 1024];
    loop {
        let count = line.read(&mut some).await?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&some[..count]);
        let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        if of("x-servo-attempt: ").is_some_and(|number| number != "1") {
            manner.retried.fetch_add(1, Ordering::SeqCst);
        }
        let length: usize = of("content-length: ")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let left = (end + 4 + length).saturating_sub(read.len());
        return Ok(Request { left });
    }
}
