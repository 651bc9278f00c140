//! Tells a body that the disk changed.

/// A number that is another one when a byte is another one: FNV-1a, eight bytes at a time.
/// Against accidents, not against people.
pub fn checksum(bytes: &[u8]) -> i64 {
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut sum: u64 = 0xCBF2_9CE4_8422_2325 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    for word in words.iter().chain([&last]) {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        // What is in the upper half would never reach the lower one.
        sum ^= sum >> 32;
    }
    sum.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::checksum;
    use std::collections::HashSet;

    #[test]
    fn every_bit_counts() {
        let bytes = b"{\"event\": \"after:adjust\", \"id\": 42}".to_vec();
        let mut seen = HashSet::from([checksum(&bytes)]);
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(seen.insert(checksum(&other)), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(seen.insert(checksum(&bytes[..length])), "length {length}");
        }
        assert_ne!(checksum(&[0; 8]), checksum(&[0; 16]));
    }
}
