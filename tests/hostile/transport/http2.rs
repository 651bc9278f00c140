//! A responder's side of HTTP/2, frame by frame.

use super::behaviour::Behaviour;
use super::responder::{Manner, Stream};
use crate::frames::{self, ACK, DATA, END_STREAM, Frame, HEADERS, PING, SETTINGS};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::io::Result;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};

/// That it is about to go, and has not said yet from which stream on (RFC 9113, 6.8).
const ANY: u32 = (1 << 31) - 1;

/// After it has said goodbye it stays for so long, as servers do, for what is on its way.
const LINGERS: Duration = Duration::from_millis(300);

/// Answers streams, until its way or the other side ends it.
pub async fn converse(mut line: impl Stream, manner: &Manner, random: Rng) -> Result<()> {
    frames::preface(&mut line).await?;
    line.write_all(&frames::settings()).await?;
    line.flush().await?;
    let mut side = Side {
        line,
        manner,
        random,
        open: BTreeSet::new(),
        last: 0,
        begun: 0,
        answered: 0,
        gone: false,
    };
    while let Next::On = side.step().await? {}
    Ok(())
}

enum Next {
    On,
    End,
}

/// One connection.
struct Side<'a, L> {
    line: L,
    manner: &'a Manner,
    random: Rng,
    /// Streams whose requests are still to end.
    open: BTreeSet<u32>,
    /// The newest stream that it looks at.
    last: u32,
    begun: usize,
    answered: usize,
    /// Whether it has said goodbye.
    gone: bool,
}

impl<L: Stream> Side<'_, L> {
    async fn step(&mut self) -> Result<Next> {
        match self.manner.behaviour {
            Behaviour::EndsUnread(most) if self.answered >= most => {
                self.line.arrival().await?;
                self.manner.disturb();
                return Ok(Next::End);
            }
            Behaviour::EndsSoon(most) if self.answered > 0 && self.open.is_empty() => {
                let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
                let moment = Duration::from_micros(self.random.u64(0..=most));
                if !self.line.arrives_within(moment).await? || self.random.bool() {
                    self.manner.disturb();
                    return Ok(Next::End);
                }
            }
            _ if self.gone && self.open.is_empty() => return self.linger().await,
            _ => {}
        }
        let frame = Frame::read(&mut self.line).await?;
        match frame.kind {
            SETTINGS if frame.flags & ACK == 0 => {
                self.send(&frames::frame(SETTINGS, ACK, 0, &[])).await?;
            }
            PING if frame.flags & ACK == 0 => {
                self.send(&frames::frame(PING, ACK, 0, &frame.payload))
                    .await?;
            }
            HEADERS => {
                self.begun += 1;
                if let Next::End = self.begin(frame.stream).await? {
                    return Ok(Next::End);
                }
            }
            DATA if !frame.payload.is_empty() => {
                let bytes = u32::try_from(frame.payload.len()).unwrap_or_default();
                self.send(&frames::window(0, bytes)).await?;
                if self.open.contains(&frame.stream) && !frame.ends_stream() {
                    self.send(&frames::window(frame.stream, bytes)).await?;
                }
            }
            _ => {}
        }
        if frame.ends_stream() && self.open.remove(&frame.stream) {
            return self.end(frame.stream).await;
        }
        Ok(Next::On)
    }

    /// The headers of a request are there.
    async fn begin(&mut self, stream: u32) -> Result<Next> {
        if self.gone {
            // Newer than what it looks at.
            return Ok(Next::On);
        }
        match self.manner.behaviour {
            Behaviour::GoesAway(most) | Behaviour::GoesAwayAndEnds(most) if self.begun > most => {
                self.manner.disturb();
                self.gone = true;
                self.send(&frames::goodbye(self.last)).await?;
                return Ok(Next::On);
            }
            Behaviour::Refuses(most) if !self.manner.next_stream().is_multiple_of(most + 1) => {
                self.manner.disturb();
                let refusal = frames::reset(stream, frames::REFUSED_STREAM);
                self.send(&refusal).await?;
                return Ok(Next::On);
            }
            Behaviour::AnswersEarly | Behaviour::AnswersEarlyAndWaits => {
                self.manner.disturb();
                self.answer(stream, &[]).await?;
                if matches!(self.manner.behaviour, Behaviour::AnswersEarlyAndWaits) {
                    sleep(Duration::from_millis(20)).await;
                }
                return Ok(Next::End);
            }
            Behaviour::AnswersEarlyAndResets => {
                self.manner.disturb();
                let reset = frames::reset(stream, frames::NO_ERROR);
                self.answer(stream, &reset).await?;
                return Ok(Next::On);
            }
            _ => {}
        }
        self.open.insert(stream);
        self.last = self.last.max(stream);
        Ok(Next::On)
    }

    /// A request is there to its end.
    async fn end(&mut self, stream: u32) -> Result<Next> {
        match self.manner.behaviour {
            Behaviour::EndsRead(most) if self.answered >= most => {
                self.manner.disturb();
                return Ok(Next::End);
            }
            Behaviour::GoesAwayBetween(most) if self.answered + 1 == most => {
                self.manner.disturb();
                self.gone = true;
                let goodbye = frames::goodbye(self.last);
                self.answer(stream, &goodbye).await?;
            }
            Behaviour::GoesAwayInTwoSteps(most) if self.answered + 1 == most => {
                self.answer(stream, &frames::goodbye(ANY)).await?;
                sleep(Duration::from_millis(1)).await;
                self.manner.disturb();
                self.gone = true;
                self.send(&frames::goodbye(self.last)).await?;
            }
            _ => self.answer(stream, &[]).await?,
        }
        Ok(Next::On)
    }

    /// Everything it looks at is answered: it stays for a moment, or not at all.
    async fn linger(&mut self) -> Result<Next> {
        if matches!(self.manner.behaviour, Behaviour::GoesAwayAndEnds(_)) {
            return Ok(Next::End);
        }
        let rest = async { while Frame::read(&mut self.line).await.is_ok() {} };
        let _ = timeout(LINGERS, rest).await;
        Ok(Next::End)
    }

    /// Vetoes, with more frames behind it.
    async fn answer(&mut self, stream: u32, more: &[u8]) -> Result<()> {
        let body = br#"{"reason": "no"}"#;
        let body = frames::frame(DATA, END_STREAM, stream, body);
        sleep(self.manner.wait).await;
        let answer = [&frames::cancel(stream), &*body, more].concat();
        self.send(&answer).await?;
        self.answered += 1;
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.line.write_all(bytes).await?;
        self.line.flush().await
    }
}
