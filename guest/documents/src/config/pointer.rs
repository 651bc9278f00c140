//! JSON pointers (RFC 6901).

/// A key as a JSON pointer writes it (RFC 6901, section 3).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
