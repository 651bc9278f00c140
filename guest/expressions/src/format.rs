//! The formats of texts: `@html`, `@uri`, `@base64` and the others, each of one text. What
//! is in a row (`@csv`, `@tsv`, `@sh`) is one cell here.

use std::borrow::Cow;

/// Every format there is.
pub const NAMES: [&str; 12] = [
    "text", "json", "html", "uri", "urid", "csv", "tsv", "sh", "base64", "base64d", "base32",
    "base32d",
];

/// Why a text could not be decoded, in jq's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable(pub &'static str);

/// Replaces characters; U+0000 is written `\0`, as in jq.
fn escape<'a>(text: &'a str, escaped: impl Fn(char) -> Option<&'static str>) -> Cow<'a, str> {
    let escaped = |char| escaped(char).or((char == '\0').then_some("\\0"));
    if !text.chars().any(|char| escaped(char).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match escaped(char) {
            Some(escaped) => out.push_str(escaped),
            None => out.push(char),
        }
    }
    Cow::Owned(out)
}

/// For text and attributes of HTML and XML.
#[must_use]
pub fn html(text: &str) -> Cow<'_, str> {
    escape(text, |char| match char {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\'' => Some("&apos;"),
        '"' => Some("&quot;"),
        _ => None,
    })
}

/// A cell of CSV that is a text, with its quotes.
#[must_use]
pub fn csv(text: &str) -> String {
    format!(
        "\"{}\"",
        escape(text, |char| (char == '"').then_some("\"\""))
    )
}

/// A cell of TSV that is a text.
#[must_use]
pub fn tsv(text: &str) -> Cow<'_, str> {
    escape(text, |char| match char {
        '\t' => Some("\\t"),
        '\r' => Some("\\r"),
        '\n' => Some("\\n"),
        '\\' => Some("\\\\"),
        _ => None,
    })
}

/// A word for a POSIX shell, with its quotes.
#[must_use]
pub fn sh(text: &str) -> String {
    format!(
        "'{}'",
        escape(text, |char| (char == '\'').then_some("'\\''"))
    )
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
#[must_use]
pub fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Decodes percent-encoding.
///
/// # Errors
/// If a `%` is not followed by two hexadecimal digits, or what comes out is not UTF-8.
pub fn urid(text: &str) -> Result<String, Undecodable> {
    let fault = Undecodable("is not a valid uri encoding");
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(bytes.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(fault);
        };
        out.push(high << 4 | low);
    }
    String::from_utf8(out).map_err(|_| fault)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base64 of the UTF-8 bytes, padded.
#[must_use]
pub fn base64(text: &str) -> String {
    encode(text.as_bytes(), BASE64, 6, 4)
}

/// Decodes base64, padded or not. What follows the padding is ignored, and what is not
/// UTF-8 becomes U+FFFD, as in jq.
///
/// # Errors
/// If it is not of the alphabet, or one character is left over.
pub fn base64d(text: &str) -> Result<String, Undecodable> {
    let data = text.split('=').next().unwrap_or_default();
    let bytes = decode(data, BASE64, 6).ok_or(Undecodable("is not valid base64 data"))?;
    if data.len() % 4 == 1 {
        return Err(Undecodable("trailing base64 byte found"));
    }
    Ok(lossy(&bytes))
}

/// Base32 of the UTF-8 bytes, padded.
#[must_use]
pub fn base32(text: &str) -> String {
    encode(text.as_bytes(), BASE32, 5, 8)
}

/// Decodes base32, padded or not.
///
/// # Errors
/// If it is not of the alphabet, or characters are left over.
pub fn base32d(text: &str) -> Result<String, Undecodable> {
    let fault = Undecodable("is not valid base32 data");
    let data = text.trim_end_matches('=');
    if [1, 3, 6].contains(&(data.len() % 8)) {
        return Err(fault);
    }
    let bytes = decode(data, BASE32, 5).ok_or(fault)?;
    Ok(lossy(&bytes))
}

/// The text of bytes; what is not UTF-8 becomes U+FFFD, as much at once as in jq.
fn lossy(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let length = length.min(rest.len());
        let follows = rest[1..length]
            .iter()
            .take_while(|byte| (0x80..0xc0).contains(*byte));
        let length = 1 + follows
            .count()
            .max(if length == rest.len() { length - 1 } else { 0 });
        let (char, after) = rest.split_at(length);
        out.push_str(std::str::from_utf8(char).unwrap_or("\u{fffd}"));
        rest = after;
    }
    out
}

/// Writes bytes with so many bits to a character, padded to groups.
fn encode(bytes: &[u8], alphabet: &[u8], bits: u32, group: usize) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    let (mut held, mut count) = (0_u32, 0);
    let mut push = |value: u32| {
        let index = (value & ((1 << bits) - 1)) as usize;
        out.push(char::from(alphabet[index]));
    };
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            push(held >> count);
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        push(held << (bits - count));
    }
    while !out.len().is_multiple_of(group) {
        out.push('=');
    }
    out
}

/// Reads characters of so many bits; bits that make no byte are dropped.
fn decode(text: &str, alphabet: &[u8], bits: u32) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut held, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = alphabet.iter().position(|known| *known == byte)?;
        held = held << bits | u32::try_from(value).ok()?;
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
        }
        held &= (1 << count) - 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(html("&<>'\"a"), "&amp;&lt;&gt;&apos;&quot;a");
        assert_eq!(html("\0"), "\\0");
        assert_eq!(csv("a\"b"), "\"a\"\"b\"");
        assert_eq!(tsv("\ta\r\n\\\0"), "\\ta\\r\\n\\\\\\0");
        assert_eq!(sh("it's"), "'it'\\''s'");
        let all = "é/?#[]@!$&'()*+,;=-_.~ %";
        let encoded = "%C3%A9%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D-_.~%20%25";
        assert_eq!(uri(all), encoded);
        assert_eq!(urid(encoded).as_deref(), Ok(all));
        for text in ["%", "%1", "%z1", "%ff", "%+1"] {
            assert!(urid(text).is_err(), "{text}");
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, of_64, of_32) in [
            ("", "", ""),
            ("f", "Zg==", "MY======"),
            ("fo", "Zm8=", "MZXQ===="),
            ("foo", "Zm9v", "MZXW6==="),
            ("foob", "Zm9vYg==", "MZXW6YQ="),
            ("fooba", "Zm9vYmE=", "MZXW6YTB"),
            ("foobar", "Zm9vYmFy", "MZXW6YTBOI======"),
        ] {
            assert_eq!((&*base64(text), &*base32(text)), (of_64, of_32));
            for padded in [true, false] {
                let cut = |text: &'static str| {
                    if padded {
                        text
                    } else {
                        text.trim_end_matches('=')
                    }
                };
                assert_eq!(base64d(cut(of_64)).as_deref(), Ok(text));
                assert_eq!(base32d(cut(of_32)).as_deref(), Ok(text));
            }
        }
    }

    #[test]
    fn what_jq_makes_of_broken_base64() {
        for (text, decoded) in [
            ("=", ""),
            ("YQ=", "a"),
            ("YQ==YQ==", "a"),
            ("/+8=", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(base64d(text).as_deref(), Ok(decoded), "{text}");
        }
        for text in ["Y", "Y===", "YWJjZ"] {
            let fault = Undecodable("trailing base64 byte found");
            assert_eq!(base64d(text), Err(fault), "{text}");
        }
        for text in ["!!!!", "YW Jj", "é"] {
            let fault = Undecodable("is not valid base64 data");
            assert_eq!(base64d(text), Err(fault), "{text}");
        }
    }
}
