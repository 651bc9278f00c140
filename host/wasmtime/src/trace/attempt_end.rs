//! How an attempt ended, as its span tells.

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptEnd<'a> {
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// The version of HTTP that was spoken, if an answer came.
    pub version: Option<http::Version>,
    /// The delivery is not made, or the question not answered.
    pub is_failed: bool,
    /// What kind of failure it is, for those who count: `timeout`, `connect`.
    pub class: &'static str,
    /// Why it failed, in words.
    pub why: Option<&'a str>,
}
