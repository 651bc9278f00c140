//! Which trace an event is part of, as one program tells another: `traceparent` and `tracestate`
//! of [W3C Trace Context](https://www.w3.org/TR/trace-context/).

/// Characters of a `traceparent` of version 00: `00-TRACE-PARENT-FLAGS`.
const LENGTH: usize = 55;

/// Characters that one of a later version may have.
const LONGEST: usize = 256;

/// Members that a `tracestate` may have (section 3.3.1.1).
const MEMBERS: usize = 32;

/// Characters that a `tracestate` may have; longer ones are shortened (section 3.3.1.5).
const STATE: usize = 512;

/// Members that are longer go first.
const LONG_MEMBER: usize = 128;

/// Characters of a key, and of a value.
const KEY_OR_VALUE: usize = 256;

const NO_TRACEPARENT: &str =
    "traceparent ignored: it is not 00-TRACE-PARENT-FLAGS in lower-case hexadecimal digits";
const NO_VERSION: &str = "traceparent ignored: there is no version ff";
const NO_TRACE: &str = "traceparent ignored: its trace id is zero";
const NO_PARENT: &str = "traceparent ignored: its parent id is zero";
const ALONE: &str = "tracestate ignored: there is no traceparent beside it";
const NO_STATE: &str = "tracestate ignored: it is no list of KEY=VALUE";
const MANY: &str = "tracestate ignored: it has more than 32 members";
const LONG: &str = "tracestate shortened: it has more than 512 characters";

/// A place in a trace: who asks for what is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    traceparent: Box<str>,
    tracestate: Box<str>,
}

/// What was made of a `traceparent` and a `tracestate`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadTrace {
    /// None if there was none, or it was malformed.
    pub context: Option<TraceContext>,
    /// What is wrong, without what was written.
    pub warning: Option<&'static str>,
}

impl TraceContext {
    /// Reads both; an empty one counts as none. What is malformed is left out, with a warning:
    /// it is no reason to refuse what came with it.
    #[must_use]
    pub fn read(traceparent: &str, tracestate: &str) -> ReadTrace {
        let (traceparent, tracestate) = (trim(traceparent), trim(tracestate));
        if traceparent.is_empty() {
            return ReadTrace {
                context: None,
                warning: (!tracestate.is_empty()).then_some(ALONE),
            };
        }
        if let Some(fault) = fault(traceparent) {
            return ReadTrace {
                context: None,
                warning: Some(fault),
            };
        }
        let (tracestate, warning) = match state(tracestate) {
            Ok(kept) if kept.len() < tracestate.len() => (kept, Some(LONG)),
            Ok(kept) => (kept, None),
            Err(fault) => (String::new(), Some(fault)),
        };
        let context = Self {
            traceparent: traceparent.into(),
            tracestate: tracestate.into(),
        };
        ReadTrace {
            context: Some(context),
            warning,
        }
    }

    /// As it came.
    #[must_use]
    pub fn traceparent(&self) -> &str {
        &self.traceparent
    }

    /// As it came, unless it was too long; empty if there is none.
    #[must_use]
    pub fn tracestate(&self) -> &str {
        &self.tracestate
    }

    /// 32 hexadecimal digits, not all of them zero.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.traceparent.get(3..35).unwrap_or_default()
    }

    /// Of the span that asks: 16 hexadecimal digits, not all of them zero.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.traceparent.get(36..52).unwrap_or_default()
    }

    /// Bit 0: the caller may have recorded its span.
    #[must_use]
    pub fn flags(&self) -> u8 {
        let flags = self.traceparent.get(53..LENGTH).unwrap_or_default();
        u8::from_str_radix(flags, 16).unwrap_or_default()
    }
}

/// Blanks around the value of a header are not part of it.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// What is wrong with a `traceparent`. One of a later version is read as one of this version,
/// with more behind it (section 3.2.4).
fn fault(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let Some((head, rest)) = bytes.split_at_checked(LENGTH) else {
        return Some(NO_TRACEPARENT);
    };
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let is_head = head.iter().enumerate().all(|(place, byte)| match place {
        2 | 35 | 52 => *byte == b'-',
        _ => is_hex(byte),
    });
    let is_rest = match rest {
        [] => true,
        [b'-', more @ ..] => !text.starts_with("00") && more.iter().all(u8::is_ascii_graphic),
        _ => false,
    };
    let are_zero = |part: &[u8]| part.iter().all(|byte| *byte == b'0');
    match () {
        () if !is_head || !is_rest || bytes.len() > LONGEST => Some(NO_TRACEPARENT),
        () if text.starts_with("ff") => Some(NO_VERSION),
        () if are_zero(&head[3..35]) => Some(NO_TRACE),
        () if are_zero(&head[36..52]) => Some(NO_PARENT),
        () => None,
    }
}

/// What is kept of a `tracestate`.
fn state(text: &str) -> Result<String, &'static str> {
    let members = || {
        text.split(',')
            .map(trim)
            .filter(|member| !member.is_empty())
    };
    if !members().all(is_member) {
        return Err(NO_STATE);
    }
    if members().count() > MEMBERS {
        return Err(MANY);
    }
    if text.len() <= STATE {
        return Ok(text.to_owned());
    }
    let mut kept: Vec<&str> = members().collect();
    let length = |kept: &[&str]| {
        let bytes: usize = kept.iter().map(|member| member.len()).sum();
        bytes + kept.len().saturating_sub(1)
    };
    while length(&kept) > STATE {
        let long = kept.iter().rposition(|member| member.len() > LONG_MEMBER);
        kept.remove(long.unwrap_or(kept.len() - 1));
    }
    Ok(kept.join(","))
}

/// The grammar of section 3.3.1.3, with what later versions take as a key.
fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let key = key.as_bytes();
    let begins = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_key = key.first().is_some_and(begins)
        && key.len() <= KEY_OR_VALUE
        && key
            .iter()
            .all(|byte| begins(byte) || b"_-*/@".contains(byte));
    let in_value = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    is_key && (1..=KEY_OR_VALUE).contains(&value.len()) && value.bytes().all(in_value)
}

#[cfg(test)]
mod tests;
