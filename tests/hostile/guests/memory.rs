//! What a function returns, in the guest's memory.

use crate::faulty_connector::ADDRESS;

/// What a function returns: a record in the guest's memory, as the canonical ABI of the
/// component model lays it out.
#[derive(Default)]
pub struct Memory(pub Vec<u8>);

impl Memory {
    pub fn bytes(mut self, offset: usize, bytes: &[u8]) -> Self {
        let end = offset + bytes.len();
        self.0.resize(self.0.len().max(end), 0);
        self.0[offset..end].copy_from_slice(bytes);
        self
    }

    pub fn word(self, offset: usize, word: u32) -> Self {
        self.bytes(offset, &word.to_le_bytes())
    }

    pub fn long(self, offset: usize, long: u64) -> Self {
        self.bytes(offset, &long.to_le_bytes())
    }

    /// A text or a list: its address and its length.
    pub fn slice(self, offset: usize, address: u32, length: u32) -> Self {
        self.word(offset, address).word(offset + 4, length)
    }

    /// A text, with its bytes further back.
    pub fn text(self, offset: usize, place: u32, text: &[u8]) -> Self {
        let length = u32::try_from(text.len()).unwrap();
        self.slice(offset, ADDRESS + place, length)
            .bytes(usize::try_from(place).unwrap(), text)
    }
}
