//! `listen` and `verify`: for whoever writes a responder.

mod listen;
mod verify;

use crate::support::program::Program;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn responder_program() -> Program {
    Program::empty()
        .variable("SECRET", "s3cr3t")
        .variable("KEY", KEY)
}

fn servo(url: &str, secret: &str, more: &str) -> Program {
    Program::new(&format!(
        "- {{name: hook, events: [before:adjust, after:measure], url: '{url}/hook', secret: [{secret}, {KEY}], signatures: [servo, standard]{more}}}\n"
    ))
}
