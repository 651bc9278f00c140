//! What responders do beside answering: each way as data.

use std::fmt;
use std::time::Duration;

/// How the webhook and the responder speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speech {
    pub tls: bool,
    pub http2: bool,
}

impl Speech {
    pub const ALL: [Self; 4] = [
        Self::new(false, false),
        Self::new(true, false),
        Self::new(false, true),
        Self::new(true, true),
    ];

    const fn new(tls: bool, http2: bool) -> Self {
        Self { tls, http2 }
    }
}

impl fmt::Display for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.http2 { "HTTP/2" } else { "HTTP/1.1" })?;
        f.write_str(if self.tls { " over TLS" } else { " in clear" })
    }
}

/// What a responder does that vetoes everything it is asked.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// Nothing else.
    Answers,
    /// Ends a connection after each answer, and says so.
    AnswersOnce,
    /// After so many answers, ends the connection as the next request arrives, unread.
    EndsUnread(usize),
    /// After so many answers, reads the next request and ends the connection.
    EndsRead(usize),
    /// Ends the connection at a random moment, up to so long after an answer.
    EndsSoon(Duration),
    /// Says `Keep-Alive: timeout=1`, and ends the connection then.
    EndsAsItSaid,
    /// Says `Keep-Alive: timeout=1`, and leaves requests unanswered that come later.
    IsSilentAsItSaid,
    /// Answers when it has the head of a request, and ends the connection, with the rest
    /// of the request unread.
    AnswersEarly,
    /// The same, and leaves the other side time to end it.
    AnswersEarlyAndWaits,
    /// HTTP/2: after so many answers looks at nothing that is newer, and says so (GOAWAY).
    GoesAway(usize),
    /// The same, and ends the connection at once.
    GoesAwayAndEnds(usize),
    /// HTTP/2: says with an answer that it looks at nothing newer.
    GoesAwayBetween(usize),
    /// HTTP/2: says first that it is about to go, and then from where on it did not look.
    GoesAwayInTwoSteps(usize),
    /// HTTP/2: refuses so many streams, and answers the next (REFUSED_STREAM).
    Refuses(usize),
    /// HTTP/2: answers when it has the headers of a request, and wants none of the rest
    /// (RST_STREAM with NO_ERROR, RFC 9113, 8.1).
    AnswersEarlyAndResets,
}

impl Behaviour {
    /// Whether it surely disturbs whoever asks; a client that heeds what it was told may
    /// not notice the others.
    pub fn disturbs(self) -> bool {
        use Behaviour::{Answers, EndsAsItSaid, IsSilentAsItSaid};
        !matches!(self, Answers | EndsAsItSaid | IsSilentAsItSaid)
    }
}

/// One way, one speech, and how it is asked.
#[derive(Clone, Debug)]
pub struct Case {
    pub behaviour: Behaviour,
    pub speech: Speech,
    /// Questions in one round.
    pub questions: usize,
    /// Of these, at a time.
    pub in_flight: usize,
    /// Bytes of padding in the event.
    pub padding: usize,
    /// Between so many questions and the next ones.
    pub pause: Option<Duration>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {:?}, {} at a time",
            self.speech, self.behaviour, self.in_flight
        )
    }
}

/// Bytes of an event that is answered before it is read: more than sockets take in.
const LARGE: usize = 900_000;

/// What `Keep-Alive: timeout=1` allows.
pub const KEPT: Duration = Duration::from_secs(1);

/// All cases of one round.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for speech in Speech::ALL {
        let case = |behaviour, questions, in_flight| Case {
            behaviour,
            speech,
            questions,
            in_flight,
            padding: 0,
            pause: None,
        };
        let large = |behaviour, in_flight| Case {
            padding: LARGE,
            ..case(behaviour, 30, in_flight)
        };
        // A connection that ends without a word makes for one more try, so that in
        // HTTP/2, where all share it, one question at a time is put to the test.
        let in_flight = if speech.http2 { 1 } else { 6 };
        cases.extend([
            case(Behaviour::Answers, 60, 6),
            case(Behaviour::EndsUnread(1), 60, 1),
            case(Behaviour::EndsUnread(3), 60, in_flight),
            case(Behaviour::EndsRead(1), 60, 1),
            case(Behaviour::EndsRead(2), 60, in_flight),
            case(Behaviour::EndsSoon(Duration::from_millis(2)), 80, 1),
            large(Behaviour::AnswersEarly, 1),
            large(
                Behaviour::AnswersEarlyAndWaits,
                if speech.http2 { 1 } else { 2 },
            ),
        ]);
        if speech.http2 {
            cases.extend([
                case(Behaviour::GoesAway(1), 60, 1),
                case(Behaviour::GoesAway(5), 90, 6),
                case(Behaviour::GoesAwayAndEnds(1), 60, 1),
                case(Behaviour::GoesAwayAndEnds(4), 90, 6),
                case(Behaviour::GoesAwayBetween(1), 60, 1),
                case(Behaviour::GoesAwayBetween(3), 90, 6),
                case(Behaviour::GoesAwayInTwoSteps(3), 90, 6),
                case(Behaviour::Refuses(1), 90, 6),
                case(Behaviour::Refuses(3), 60, 1),
                large(Behaviour::AnswersEarlyAndResets, 2),
            ]);
        } else {
            let kept = |behaviour| Case {
                pause: Some(KEPT),
                ..case(behaviour, 32, 8)
            };
            cases.extend([
                case(Behaviour::AnswersOnce, 60, 6),
                case(Behaviour::EndsSoon(Duration::from_millis(2)), 80, 6),
                kept(Behaviour::EndsAsItSaid),
                kept(Behaviour::IsSilentAsItSaid),
            ]);
        }
    }
    cases
}
