//! Why a client cannot be set up as its options say.

/// An item that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AllowError {
    /// It is nothing that can be allowed.
    #[error("{0:?} is not a CIDR, an address, a host name, `private` or `loopback`")]
    Unreadable(String),
    /// It is nearly a word that means something else.
    #[error(
        "{item:?} is not known; did you mean `{word}`? Write \"{item}.\" for a host of that name"
    )]
    Misspelt {
        /// As it was given.
        item: String,
        /// What was probably meant.
        word: &'static str,
    },
}

/// Why a client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The CA file.
    #[error("the CA file {file} cannot be used: {why}")]
    CaFile {
        /// As it was given.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The CA certificates that were given as bytes.
    #[error("the CA certificates cannot be used: {0}")]
    Certificates(String),
    /// A proxy that was given as a URL.
    #[error("the proxy cannot be used: {0}")]
    ProxyUrl(String),
    /// A proxy of the environment.
    #[error("the environment variable {variable} cannot be used: {why}")]
    Proxy {
        /// The variable's name.
        variable: &'static str,
        /// Why, without its address and credentials.
        why: String,
    },
}
