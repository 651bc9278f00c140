//! The whole story of exit codes.

use super::notice;
use rules::sanitize::sanitize;
use servo_webhooks::{Error, Problems};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Done,
    /// 1: something was not delivered, not answered, or not as it should be.
    Failed,
    /// 2: the arguments or the configuration are wrong; nothing was begun.
    Unusable,
}

impl Exit {
    /// As the system is told.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Unusable => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command gave up: its message, and the code it exits with.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    cause: Cause,
    hint: Option<&'static str>,
}

#[derive(Debug)]
enum Cause {
    Error(anyhow::Error),
    Problems(Problems),
}

impl Failure {
    /// Arguments or configuration are at fault: exit 2.
    pub fn unusable(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Unusable,
            cause: Cause::Error(error.into()),
            hint: None,
        }
    }

    /// All that is wrong in a configuration, if that is why.
    ///
    /// # Errors
    /// The failure itself, if it is another one.
    pub fn into_problems(self) -> Result<Problems, Self> {
        match self.cause {
            Cause::Problems(problems) => Ok(problems),
            cause => Err(Self { cause, ..self }),
        }
    }

    /// What went wrong, in words.
    pub fn text(&self) -> String {
        match &self.cause {
            Cause::Error(error) => format!("{error:#}"),
            Cause::Problems(problems) => problems.to_string(),
        }
    }

    /// With what to do about it.
    pub fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.cause {
            Cause::Error(error) => write!(out, "{error:#}"),
            Cause::Problems(problems) => write!(out, "{problems}"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self {
            exit: Exit::Failed,
            cause: Cause::Error(error),
            hint: None,
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self {
            exit: Exit::Unusable,
            cause: Cause::Problems(problems),
            hint: None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.into_problems() {
            Ok(problems) => problems.into(),
            Err(error) => Self::unusable(error),
        }
    }
}

/// Says on standard error why a command gave up.
pub fn report(done: Result<Exit, Failure>) -> Exit {
    let Failure { exit, cause, hint } = match done {
        Ok(exit) => return exit,
        Err(failure) => failure,
    };
    match cause {
        Cause::Problems(problems) => notice::problems(&problems),
        Cause::Error(error) if is_broken_pipe(&error) => {}
        Cause::Error(error) => notice::error(&sanitize(&format!("{error:#}"))),
    }
    if let Some(hint) = hint {
        notice::hint(hint);
    }
    exit
}

/// Whoever read our output has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
