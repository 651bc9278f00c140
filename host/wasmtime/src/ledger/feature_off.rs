//! Without the feature `store` there is no ledger, and nothing is ever asked of one.

use crate::config::webhook::Webhook;
use crate::event::decided::Asked;
use crate::ledger::entry::{AttemptEnd, DeliveryEnd, Entry, Wait};
use lifecycle::DeliveryProgress;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// What is never made.
#[derive(Debug)]
pub(crate) enum Ledger {}

/// What is never given.
#[derive(Debug)]
pub(crate) enum Receipt {}

impl Ledger {
    pub(crate) fn accept(&self, _: Vec<Entry>) -> Result<Receipt, String> {
        match *self {}
    }

    pub(crate) fn is_spilled(&self, _: &str) -> bool {
        match *self {}
    }

    pub(crate) async fn ready(&self) {
        match *self {}
    }

    pub(crate) fn is_behind(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn until_loaded(&self) {
        match *self {}
    }

    pub(crate) fn waiting(&self) -> usize {
        match *self {}
    }

    pub(crate) fn switch_on(&self, _: &[String], _: &[Arc<Webhook>]) {
        match *self {}
    }

    pub(crate) async fn began(&self, _: Uuid, _: DeliveryProgress, _: u64, _: bool) -> u64 {
        match *self {}
    }

    pub(crate) fn stands(&self, _: Uuid, _: DeliveryProgress) {
        match *self {}
    }

    pub(crate) fn decide(&self, _: Duration) {
        match *self {}
    }

    pub(crate) fn attempted(&self, _: Uuid, _: AttemptEnd<'_>) {
        match *self {}
    }

    pub(crate) fn keeps_answers(&self) -> bool {
        match *self {}
    }

    pub(crate) fn waits(&self, _: Uuid, _: Wait<'_>) {
        match *self {}
    }

    pub(crate) fn settled(&self, _: Uuid, _: DeliveryEnd<'_>) {
        match *self {}
    }

    pub(crate) fn keeps(&self, _: Uuid) -> bool {
        match *self {}
    }

    pub(crate) fn unload(&self, _: Uuid) {
        match *self {}
    }

    pub(crate) fn is_forgotten(&self, _: Uuid) -> bool {
        match *self {}
    }

    pub(crate) fn wake(&self) {
        match *self {}
    }

    pub(crate) fn decided(&self, _: &Asked) {
        match *self {}
    }

    pub(crate) fn gone(&self, _: &Webhook) {
        match *self {}
    }

    pub(crate) fn is_behind_only_for(&self, _: &dyn Fn(&str) -> bool) -> bool {
        match *self {}
    }

    pub(crate) fn paused(&self, _: &str, _: Option<SystemTime>) {
        match *self {}
    }

    pub(crate) fn backlog(&self) -> Arc<[(String, u64, Duration)]> {
        match *self {}
    }
}

impl Receipt {
    pub(crate) fn is_settled(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn settled(&mut self) {
        match *self {}
    }

    pub(crate) async fn written(self) -> Result<(), String> {
        match self {}
    }
}
