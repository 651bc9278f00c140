//! The directory, its files, and the database in it.

pub mod checksum;
pub mod connection;
pub mod directory;
pub mod failure;
pub mod file_system;
pub mod lock;
pub mod pages;
pub mod reserve;
pub mod schema;
pub mod utc;
