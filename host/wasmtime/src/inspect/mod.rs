//! What people look at and try: a configuration, its events, a request that is not sent or
//! sent by hand.

pub mod describe;
pub mod inspection;
pub mod rehearsal;
pub mod trigger;
