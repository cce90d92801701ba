//! A digest of what says which settings are mistaken.

use std::error::Error;

#[path = "../checked-file/build/rules.rs"]
mod rules;

fn main() -> Result<(), Box<dyn Error>> {
    rules::give("SETTINGS_RULES", &["src", "../presign/src"])
}
