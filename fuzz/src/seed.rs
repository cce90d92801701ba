//! Seeds have a mark where a URL's signature stands: none lies in the tree as a whole.

/// The signature of the seeds' URLs. No answer has it.
pub const SIGNATURE: &str = "f8ee1d0c9b7a65432100112233445566778899aabbccddeeff0123456789abcd";
const MARK: &str = "{signature}";

/// The text with the signature in place of each mark.
pub fn with_signatures(text: &str) -> String {
    text.replace(MARK, SIGNATURE)
}
