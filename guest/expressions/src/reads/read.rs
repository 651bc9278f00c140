//! Fields that are read.

use crate::Fault;

/// A step from the input to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The member of an object.
    Field(String),
    /// An item of a list.
    Item,
}

/// A field that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where it may be; its name is the last step of each.
    pub paths: Vec<Vec<Step>>,
    /// The text that the field is compared with, if it is.
    pub compared: Option<String>,
    /// Where it stands in the expression: of the field's name, or of the text.
    pub at: Fault,
}
