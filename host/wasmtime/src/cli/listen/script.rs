//! What a responder answers, one after the other: `503,200@2s,cancel:too late,hang`.

use crate::cli::args::duration;
use std::str::FromStr;
use std::time::Duration;

/// The last step is repeated for ever.
#[derive(Clone, Debug)]
pub struct Script(Vec<Step>);

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub answer: Answer,
    /// It comes so much later.
    pub delay: Duration,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Status(u16),
    Cancel(String),
    /// Nothing, ever.
    Hang,
}

const HELP: &str = "write a status, cancel:REASON or hang, each with a delay such as @2s if you like, separated by commas";

impl Script {
    /// The answer to a request; they are counted from 0.
    pub fn step(&self, number: usize) -> &Step {
        // There is always one: an empty script is refused.
        &self.0[number.min(self.0.len() - 1)]
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(step)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn step(text: &str) -> Result<Step, String> {
    let (answer, delay) = match text.rsplit_once('@') {
        Some((answer, delay)) => (answer, duration(delay)?),
        None => (text, Duration::ZERO),
    };
    let answer = match answer.trim().split_once(':').unwrap_or((answer.trim(), "")) {
        ("hang", "") => Answer::Hang,
        ("cancel", reason) => Answer::Cancel(reason.to_owned()),
        (status, "") => match status.parse() {
            Ok(status @ 200..=599) => Answer::Status(status),
            _ => return Err(HELP.to_owned()),
        },
        _ => return Err(HELP.to_owned()),
    };
    Ok(Step { answer, delay })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(text: &str) -> Vec<(Answer, u64)> {
        let script: Script = text.parse().unwrap();
        let steps = script.0.into_iter();
        steps
            .map(|step| (step.answer, step.delay.as_secs()))
            .collect()
    }

    #[test]
    fn steps() {
        let cancel = |reason: &str| Answer::Cancel(reason.to_owned());
        assert_eq!(answers("204"), [(Answer::Status(204), 0)]);
        assert_eq!(
            answers("503,200@2s,cancel:not now@1m,cancel,hang"),
            [
                (Answer::Status(503), 0),
                (Answer::Status(200), 2),
                (cancel("not now"), 60),
                (cancel(""), 0),
                (Answer::Hang, 0)
            ]
        );
        let script: Script = "503,200".parse().unwrap();
        assert_eq!(script.step(9).answer, Answer::Status(200));
    }

    #[test]
    fn no_steps() {
        for text in [
            "", "99", "600", "ok", "200@soon", "200,,", "hang:up", "200:x",
        ] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
    }
}
