//! A digest of what says which policies are mistaken, and what comes of them.

use std::error::Error;

#[path = "../checked-file/build/rules.rs"]
mod rules;

fn main() -> Result<(), Box<dyn Error>> {
    rules::give("AUTHORIZATION_RULES", &["src"])
}
