//! What the program, the tests and the benches of this repository use beside the public API.
//! It may change with every commit.
#![allow(missing_docs)]

pub mod file {
    pub use crate::file::*;
}

pub mod config {
    pub use crate::config::{Document, Written, without_strings};
    use crate::{Configuration, Connector};

    /// The configuration as another connector decides about it: no host can do that, but for
    /// a test a connector may fail where it is asked, and not when the configuration is read.
    #[must_use]
    pub fn decided_by(connector: &Connector, configuration: Configuration) -> Configuration {
        configuration.decided_by(connector)
    }

    /// A webhook's fields as they are written; none unless it was read for
    /// [`LoadMode::Inspect`](crate::LoadMode::Inspect).
    #[must_use]
    pub fn written(configuration: &Configuration, index: usize) -> Option<&Written> {
        configuration.written.get(index)
    }
}

pub mod connector {
    pub use crate::connector::{
        Contract, REFUSED, Rendered, Sandbox, Shape, Signatures, bindings as wit,
    };
}

pub mod log_limit {
    pub use crate::log_limit::{Kind, counts, limited, log_rest};
}

pub mod outbound {
    pub use crate::outbound::{Client, Ending, Options, Outgoing, Target, Urgency, Version};
}
