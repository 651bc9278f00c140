//! What a responder answers, one after the other: `503,200@2s,cancel:too late,hang`.

use crate::args::duration;
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
    /// What another responder answers.
    Forward,
    /// Nothing, ever.
    Hang,
}

const HELP: &str = "write a status from 200 to 599, cancel:REASON, forward or hang, each with a delay such as @2s if you like, separated by commas; a comma in a reason is `\\,`";

impl Script {
    /// Always the same answer, at once.
    pub fn always(answer: Answer) -> Self {
        Self(vec![Step {
            answer,
            delay: Duration::ZERO,
        }])
    }

    /// The answer to a request; they are counted from 0.
    pub fn step(&self, number: usize) -> &Step {
        // There is always one: an empty script is refused.
        &self.0[number.min(self.0.len() - 1)]
    }

    /// Whether another responder is asked at some time.
    pub fn forwards(&self) -> bool {
        self.0.iter().any(|step| step.answer == Answer::Forward)
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = words(text);
        words
            .into_iter()
            .map(step)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A step as it was written, without backslashes, and where its last `@` is that has none.
#[derive(Default)]
struct Word {
    text: String,
    at: Option<usize>,
}

/// Splits at commas that have no backslash.
fn words(text: &str) -> Vec<Word> {
    let mut words = vec![];
    let mut word = Word::default();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                // Any other backslash stands for itself.
                let escaped = chars.next_if(|next| [',', '@', '\\'].contains(next));
                word.text.push(escaped.unwrap_or('\\'));
            }
            ',' => words.push(std::mem::take(&mut word)),
            _ => {
                if char == '@' {
                    word.at = Some(word.text.len());
                }
                word.text.push(char);
            }
        }
    }
    words.push(word);
    words
}

fn step(Word { text, at }: Word) -> Result<Step, String> {
    let is_cancel = text.trim_start().starts_with("cancel:");
    let (answer, delay) = match at.map(|at| (&text[..at], duration(&text[at + 1..]))) {
        Some((answer, Ok(delay))) => (answer, delay),
        // An address in a reason, perhaps.
        Some((_, Err(_))) if is_cancel => (text.as_str(), Duration::ZERO),
        Some((_, Err(why))) => return Err(format!("the delay after @ {why}")),
        None => (text.as_str(), Duration::ZERO),
    };
    let answer = match answer.trim().split_once(':').unwrap_or((answer.trim(), "")) {
        ("hang", "") => Answer::Hang,
        ("forward", "") => Answer::Forward,
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
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn answers(text: &str) -> Vec<(Answer, u64)> {
        let script: Script = text.parse().unwrap();
        let steps = script.0.into_iter();
        steps
            .map(|step| (step.answer, step.delay.as_secs()))
            .collect()
    }

    fn cancel(reason: &str) -> Answer {
        Answer::Cancel(reason.to_owned())
    }

    #[test]
    fn steps() {
        assert_eq!(answers("204"), [(Answer::Status(204), 0)]);
        assert_eq!(
            answers("503,200@2s,cancel:not now@1m,cancel,hang,forward"),
            [
                (Answer::Status(503), 0),
                (Answer::Status(200), 2),
                (cancel("not now"), 60),
                (cancel(""), 0),
                (Answer::Hang, 0),
                (Answer::Forward, 0)
            ]
        );
        let script: Script = "503,200".parse().unwrap();
        assert_eq!(script.step(9).answer, Answer::Status(200));
        assert!(!script.forwards());
    }

    #[test]
    fn reasons_may_have_commas_and_addresses() {
        assert_eq!(
            answers(r"cancel:not now\, please@2s,200"),
            [(cancel("not now, please"), 2), (Answer::Status(200), 0)]
        );
        assert_eq!(
            answers(r"cancel:ask ops@example.com,cancel:at\@2s,cancel:a\\,cancel:C:\temp"),
            [
                (cancel("ask ops@example.com"), 0),
                (cancel("at@2s"), 0),
                (cancel(r"a\"), 0),
                (cancel(r"C:\temp"), 0)
            ]
        );
    }

    #[test]
    fn no_steps() {
        for text in [
            "",
            "99",
            "600",
            "ok",
            "200@soon",
            "200,,",
            "hang:up",
            "200:x",
            "forward:x",
        ] {
            assert!(text.parse::<Script>().is_err(), "{text}");
        }
    }
}
