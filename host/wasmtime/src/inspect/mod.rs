//! What people look at and try: a configuration, its events, a request that is not sent or
//! sent by hand.

pub mod describe;
pub mod dry_run;
pub mod inspection;
pub mod trigger;
