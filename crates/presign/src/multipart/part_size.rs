use crate::request::WholeNumber;

/// The most parts that an upload has.
const MOST_PARTS: u64 = 10_000;
const MEBIBYTE: u64 = 1024 * 1024;
/// What is advised where the object allows it: small enough to be sent again without regret, and large enough that requests
/// are few. S3 itself wants at least 5 MiB of each part but the last.
const USUAL: u64 = 8 * MEBIBYTE;

/// The size of an object that is uploaded in parts, in bytes: as many parts of 5 GiB as there can be.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub type ObjectLength = WholeNumber<0, { MOST_PARTS * 5 * 1024 * MEBIBYTE }>;

/// How an object of a known size is best cut: all parts but the last have this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSize {
    /// Bytes.
    pub size: u64,
    pub parts: u64,
}

impl PartSize {
    #[must_use]
    pub fn for_length(length: ObjectLength) -> Self {
        let length = length.get();
        let needed = length.div_ceil(MOST_PARTS).next_multiple_of(MEBIBYTE);
        let size = needed.max(USUAL);
        // An empty object has one part, an empty one.
        Self { size, parts: length.div_ceil(size).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(length: u64) -> PartSize {
        PartSize::for_length(serde_json::from_str(&length.to_string()).unwrap())
    }

    #[test]
    fn the_parts_of_any_object_are_few_and_large_enough() {
        for (length, size, parts) in [
            (0, USUAL, 1),
            (1, USUAL, 1),
            (USUAL, USUAL, 1),
            (USUAL + 1, USUAL, 2),
            (200 * MEBIBYTE, USUAL, 25),
            (10_000 * USUAL, USUAL, 10_000),
            (10_000 * USUAL + 1, 9 * MEBIBYTE, 8_889),
            (10_000 * 5120 * MEBIBYTE, 5120 * MEBIBYTE, 10_000),
        ] {
            assert_eq!(advised(length), PartSize { size, parts }, "{length}");
        }
    }
}
