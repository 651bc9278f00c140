//! The commands for people: what they print, where, and how they exit.

mod configuration;
mod starting;
mod trigger;
