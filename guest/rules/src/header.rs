//! Headers of requests and answers.

/// A header by name and value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// As it is sent.
    pub name: String,
    /// As it is sent.
    pub value: String,
}
