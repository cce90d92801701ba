//! A digest of the sources that say what a mistake in policies is, and what comes of them: what another release has checked is checked anew.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use xxhash_rust::xxh3::Xxh3Default;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("src");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rustc-env=AUTHORIZATION_RULES={:032x}", digest(&folder)?);
    Ok(())
}

fn digest(folder: &Path) -> Result<u128, Box<dyn Error>> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>();
    let mut files = files?;
    files.sort();
    let mut digest = Xxh3Default::new();
    for file in files {
        let text = fs::read(file)?;
        digest.update(&text.len().to_le_bytes());
        digest.update(&text);
    }
    Ok(digest.digest128())
}
