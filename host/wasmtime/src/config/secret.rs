//! Values that must not be seen: secrets, and whatever a reference led to.
//!
//! Only [`Secret::expose`] gives the text; it is wiped from memory when the last copy is dropped.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

/// A confidential text. Copies share one buffer.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }

    /// The text itself: for signing and sending, never for people.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What the handles of a document stand for, once environment and files have been read.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<Option<Secret>>);

impl Values {
    pub(super) fn new(values: Vec<Option<Secret>>) -> Self {
        Self(values)
    }

    /// The value behind a handle; none if the handle was never issued or could not be resolved.
    #[must_use]
    pub fn get(&self, handle: u32) -> Option<&Secret> {
        self.0.get(usize::try_from(handle).ok()?)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, Values};

    #[test]
    fn debug_shows_nothing() {
        let values = Values::new(vec![None, Some(Secret::new("hunter2".to_owned()))]);
        assert_eq!(format!("{values:?}"), "Values([None, Some([redacted])])");
    }

    #[test]
    fn handles_that_lead_nowhere_give_none() {
        let values = Values::new(vec![None, Some(Secret::new("hunter2".to_owned()))]);
        assert!(values.get(0).is_none());
        assert!(values.get(2).is_none());
        assert!(values.get(u32::MAX).is_none());
        assert_eq!(values.get(1).map(Secret::expose), Some("hunter2"));
    }
}
