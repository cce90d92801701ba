//! What the bench's programs have in common: how they measure, and what they have measured.

pub mod measure;
pub mod measured;
