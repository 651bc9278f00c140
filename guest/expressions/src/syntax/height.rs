//! How far terms may stand in one another: whoever walks through them calls itself for each.

use super::parser::Parser;
use crate::Fault;

/// The deepest nesting of terms.
const DEPTH_LIMIT: usize = 256;

/// The most operators of one precedence in a row.
const CHAIN_LIMIT: usize = 512;

/// The most operators in one another: each one in a row has those before it in it.
pub const HEIGHT_LIMIT: usize = 1024;

impl Parser<'_> {
    /// Reads what stands in something else.
    pub(super) fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth >= DEPTH_LIMIT {
            let message = format!("it is nested more than {DEPTH_LIMIT} deep");
            return Err(Fault::at(self.text, self.at, message));
        }
        self.depth += 1;
        let read = self.measured(read);
        self.depth -= 1;
        read
    }

    /// Reads what is as high as it is by itself, whatever stands before it.
    pub(super) fn measured<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let before = std::mem::take(&mut self.height);
        let read = read(self);
        self.height = self.height.max(before);
        read
    }

    /// One more operator, whose operands were read.
    pub(super) fn count(&mut self, count: &mut usize) -> Result<(), Fault> {
        *count += 1;
        if *count > CHAIN_LIMIT {
            let message = format!("more than {CHAIN_LIMIT} operators stand in a row");
            return Err(Fault::at(self.text, self.at, message));
        }
        self.height += 1;
        if self.height > HEIGHT_LIMIT {
            let message = format!("more than {HEIGHT_LIMIT} operators stand in one another");
            return Err(Fault::at(self.text, self.at, message));
        }
        Ok(())
    }
}
