//! `serve --page`: what an operator wants to see of webhooks, deliveries and decisions, with
//! the switches for them. Rendered here whole: no script, no files beside it.

mod actions;
mod answer;
mod chart;
mod configuration;
mod fields;
mod filter;
mod form_key;
mod history;
mod layout;
mod listener;
mod log;
mod observer;
mod page_request;
mod recent;
mod router;
mod samples;
mod sign_in;
mod snapshots;
mod state;
mod stored;
mod table;
mod text;
mod trouble;
mod views;
mod visitor;

pub use listener::Page;
