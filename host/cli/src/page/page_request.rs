//! What a visitor asks for.

use super::fields::{Fields, link};
use super::form_key::FormKey;
use super::text;
use super::visitor::Visitor;
use crate::store::times;
use maud::{Markup, html};

/// Seconds after which a view loads itself again.
pub const EVERY: u32 = 10;

/// Bytes of a text that can be in a link.
pub const LINKED: usize = 1 << 10;

/// What a visitor asks for.
pub struct PageRequest<'a> {
    /// The path, one that the page has.
    pub path: &'a str,
    /// Of the query, or of the form.
    pub fields: Fields,
    /// Who asks.
    pub visitor: Visitor,
    /// When, in milliseconds since 1970.
    pub now: i64,
    key: &'a FormKey,
}

impl<'a> PageRequest<'a> {
    /// Of now.
    pub fn new(path: &'a str, fields: Fields, visitor: Visitor, key: &'a FormKey) -> Self {
        Self {
            path,
            fields,
            visitor,
            now: times::now(),
            key,
        }
    }

    /// Whether this view loads itself again; by itself it does so or not.
    pub fn updates(&self, by_itself: bool) -> bool {
        match self.fields.get("refresh") {
            Some("on") => true,
            Some(_) => false,
            None => by_itself,
        }
    }

    /// The same view, updating or not.
    pub fn with_updates(&self, updates: bool) -> String {
        let mut fields = self.fields.without(&["refresh", "notice", "count"]);
        let value = if updates { "on" } else { "off" };
        fields.push(("refresh", value.to_owned()));
        link(self.path, &fields)
    }

    /// Where the view loads itself again from: without what was just done.
    pub fn again(&self) -> String {
        link(self.path, &self.fields.without(&["notice", "count"]))
    }

    /// A link of the page: who wants nothing to move wants that everywhere.
    pub fn link(&self, path: &str, fields: &[(&str, String)]) -> String {
        let mut fields = fields.to_vec();
        if self.fields.get("refresh") == Some("off") {
            fields.push(("refresh", "off".to_owned()));
        }
        link(path, &fields)
    }

    /// A text of others as a link to what has it; one that is long is no link.
    pub fn linked(&self, path: &str, field: &str, value: &str) -> Markup {
        let shown = text::other(value);
        if value.len() > LINKED {
            return shown;
        }
        html! { a href=(self.link(path, &[(field, value.to_owned())])) { (shown) } }
    }

    /// The hidden fields of a form that changes something.
    pub fn signed(&self, path: &str, fields: &[(&str, String)]) -> Markup {
        let token = self.key.sign(&self.visitor.identity(), path);
        html! {
            input type="hidden" name="token" value=(token);
            (self.hidden(fields))
        }
    }

    /// The hidden fields of a form that changes nothing.
    pub fn hidden(&self, fields: &[(&str, String)]) -> Markup {
        html! {
            @if self.fields.get("refresh") == Some("off") {
                input type="hidden" name="refresh" value="off";
            }
            @for (name, value) in fields {
                input type="hidden" name=(name) value=(value);
            }
        }
    }

    /// Whether a form was shown to this visitor, for this path.
    pub fn is_signed(&self) -> bool {
        let given = self.fields.get("token").unwrap_or_default();
        self.key.fits(&self.visitor.identity(), self.path, given)
    }
}
