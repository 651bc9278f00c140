//! Nothing but a build script, which makes the guests without expressions: the lean connector,
//! and the service alone. A crate of its own, so that cargo says which step it is at.
