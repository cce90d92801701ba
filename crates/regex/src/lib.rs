//! `regex-lite` under the name of `regex`.
//!
//! Cedar reads dates, durations and names with `regex`, of whose engines it needs none: the expressions are short, anchored and ASCII, and so
//! are the texts. They were half a megabyte of the issuer. See docs/decisions/20-regular-expressions-are-small.md.

pub use regex_lite::*;
