//! What can go wrong with a component: when it is loaded, and when it is called.

use crate::outbound::Scarcity;
use std::time::Duration;
use wasmtime::Trap;

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ComponentError {
    /// The file cannot be read.
    #[error("component {file} cannot be read")]
    Unreadable {
        /// As it was given.
        file: String,
        /// From the system.
        #[source]
        error: std::io::Error,
    },
    /// Its SHA-256 is not the one that it was pinned to.
    #[error("component {origin}: its SHA-256 is {found}, but it is pinned to {expected}")]
    Digest {
        /// Where it came from.
        origin: String,
        /// Lower-case hex.
        expected: String,
        /// Lower-case hex.
        found: String,
    },
    /// The pin is no digest.
    #[error("a component is pinned by its SHA-256, 64 hexadecimal digits")]
    BadPin,
    /// The file is something else.
    #[error("component {0}: not WebAssembly")]
    NotWasm(String),
    /// The file is a core module.
    #[error(
        "component {0}: a core module, not a component; wrap it with `wasm-tools component new`"
    )]
    CoreModule(String),
    /// The file ends too early.
    #[error("component {origin}: truncated: {detail}")]
    Truncated {
        /// Where it came from.
        origin: String,
        /// From the parser.
        detail: String,
    },
    /// The file is damaged, or uses what this host does not know.
    #[error("component {origin}: corrupted: {detail}")]
    Corrupted {
        /// Where it came from.
        origin: String,
        /// From the parser.
        detail: String,
    },
    /// Its compiler did not come to an end, or could not be started.
    #[error("component {origin}: it cannot be compiled: {detail}")]
    Compiler {
        /// Where it came from.
        origin: String,
        /// What became of the process.
        detail: String,
    },
    #[cfg(not(feature = "compile"))]
    /// It must be compiled, and nobody is there to do it: the crate was built without its
    /// feature `compile`.
    #[error("component {0}: it cannot be compiled: this program has no compiler")]
    NoCompiler(String),
    /// It wants something from its host.
    #[error("it imports {0}; a connector imports nothing")]
    Imports(String),
    /// It is a component of another world.
    #[error("it is not of the world servo:webhooks/webhook-connector@0.1.0: {0}")]
    WrongWorld(String),
    /// It wants more of its host than a service gets.
    #[error("component {origin}: it imports {imports}; a service may import only {allowed}")]
    Wants {
        /// Where it came from.
        origin: String,
        /// What it is not given.
        imports: String,
        /// What it could have.
        allowed: String,
    },
    /// It cannot be a service.
    #[error(
        "component {origin}: it is no service, which exports wasi:http/incoming-handler@0.2: {detail}"
    )]
    NoService {
        /// Where it came from.
        origin: String,
        /// What it is.
        detail: String,
    },
    /// The process may not reserve the addresses that a sandbox needs.
    #[error(
        "a sandbox needs about 6 GiB of address space, most of it never used, and this process is limited to {limit} MiB (ulimit -v); remove the limit, or raise it to 8 GiB or more"
    )]
    AddressSpace {
        /// MiB.
        limit: u64,
    },
    /// The engine cannot be set up on this machine.
    #[error("the WebAssembly engine cannot be set up: {0}")]
    Engine(String),
}

impl ComponentError {
    /// What a compiler's complaint says of a component.
    pub(super) fn invalid(origin: &str, detail: &str) -> Self {
        let (origin, detail) = (origin.to_owned(), detail.to_owned());
        let cut = ["unexpected end", "out of bounds (bound"];
        if cut.iter().any(|cut| detail.contains(cut)) {
            Self::Truncated { origin, detail }
        } else {
            Self::Corrupted { origin, detail }
        }
    }
}

/// Why a call of the connector gave nothing. It harms that call alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connector's {function} {fault}")]
pub struct CallError {
    function: &'static str,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("ran longer than {} ms", .0.as_millis())]
    Time(Duration),
    #[error("wanted more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    #[error("recursed deeper than its stack")]
    Stack,
    #[error("trapped: {0}")]
    Trap(String),
    #[error("could not be run, since this machine has no room for an instance: {0}")]
    Starved(String),
    #[error("gave something unusable: {0}")]
    Value(String),
    #[error("could not be called: {0}")]
    Lacking(Scarcity),
}

/// Why a call gave nothing, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Time,
    Memory,
    Stack,
    Trap,
    Value,
    Lacking,
}

impl Cause {
    pub(super) const ALL: [Self; 6] = [
        Self::Time,
        Self::Memory,
        Self::Stack,
        Self::Trap,
        Self::Value,
        Self::Lacking,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Trap => "trap",
            Self::Value => "unusable",
            Self::Lacking => "lacking",
        }
    }
}

/// What the system says where it has no memory for an instance (ENOMEM): the crates below
/// wrap it in types of their own.
const NO_MEMORY: &str = "(os error 12)";

impl CallError {
    /// What a function failed with that had so much time, and so many bytes of memory.
    pub(super) fn new(
        function: &'static str,
        time: Duration,
        memory: usize,
        error: &wasmtime::Error,
    ) -> Self {
        let fault = match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => Fault::Time(time),
            Some(Trap::StackOverflow) => Fault::Stack,
            Some(trap) => Fault::Trap(trap.to_string()),
            None => {
                let text = error.root_cause().to_string();
                if text.contains(NO_MEMORY) {
                    Fault::Lacking(Scarcity::Memory)
                } else if text.contains("memory")
                    && (text.contains("limit") || text.contains("exceed"))
                {
                    Fault::Memory(memory)
                } else {
                    Fault::Value(text)
                }
            }
        };
        Self { function, fault }
    }

    /// The same where there is no instance to call.
    pub(super) fn without_instance(mut self) -> Self {
        if let Fault::Value(why) = self.fault {
            self.fault = Fault::Starved(why);
        }
        self
    }

    /// A value that a host cannot accept, such as a header it has no right to.
    #[must_use]
    pub fn unusable(function: &'static str, what: impl Into<String>) -> Self {
        Self {
            function,
            fault: Fault::Value(what.into()),
        }
    }

    /// What this machine lacks for the call, if that is why: the call may be made again.
    #[must_use]
    pub fn scarcity(&self) -> Option<Scarcity> {
        match self.fault {
            Fault::Lacking(scarcity) => Some(scarcity),
            _ => None,
        }
    }

    /// Why, in a word.
    pub(super) const fn cause(&self) -> Cause {
        match self.fault {
            Fault::Time(_) => Cause::Time,
            Fault::Memory(_) => Cause::Memory,
            Fault::Stack => Cause::Stack,
            Fault::Trap(_) => Cause::Trap,
            Fault::Value(_) => Cause::Value,
            Fault::Starved(_) | Fault::Lacking(_) => Cause::Lacking,
        }
    }
}
