//! For the build scripts of those that check files.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use xxhash_rust::xxh3::Xxh3Default;

/// Gives the package the environment variable `name` with a digest of all sources in these of its folders, which say what a mistake is:
/// what another release has checked is checked anew.
pub fn give(name: &str, folders: &[&str]) -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut digest = Xxh3Default::new();
    for folder in folders {
        let folder = here.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        add(&folder, &mut digest)?;
    }
    println!("cargo::rustc-env={name}={:032x}", digest.digest128());
    Ok(())
}

fn add(path: &Path, digest: &mut Xxh3Default) -> Result<(), Box<dyn Error>> {
    if path.is_dir() {
        let mut within =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
        within.sort();
        return within.iter().try_for_each(|path| add(path, digest));
    }
    let text = fs::read(path)?;
    digest.update(&text.len().to_le_bytes());
    digest.update(&text);
    Ok(())
}
