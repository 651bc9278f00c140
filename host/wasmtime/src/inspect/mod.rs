//! What people look at and try: a configuration, its events, a request that is not sent or
//! sent by hand.

pub(crate) mod dry_run;
pub(crate) mod event_schema;
pub(crate) mod inspection;
pub(crate) mod trigger;
