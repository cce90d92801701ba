//! How a released function is linked: without tables that nothing reads (decision 15), and with what is called laid together
//! where its crate has a list of it (decision 14).

use std::env::VarError;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let function = env::var("CARGO_MANIFEST_DIR")?;
    let linked = Path::new(&env::var("OUT_DIR")?).join("linked.ld");
    let mut script = String::new();
    let no_unwinding = Path::new(&function).join("../../infra/link/no-unwinding.ld");
    println!("cargo::rerun-if-changed={}", no_unwinding.display());
    script += &fs::read_to_string(no_unwinding)?;
    let called = Path::new(&function).join("called.ld");
    if called.exists() {
        println!("cargo::rerun-if-changed={}", called.display());
        script += &fs::read_to_string(called)?;
    }
    // One script, for of several Zig's linker takes the last alone.
    fs::write(&linked, script)?;
    if released()? {
        println!("cargo::rustc-link-arg-bins=-T{}", linked.display());
    }
    Ok(())
}

/// Whether this is for Linux and a profile that comes of `release`. A profile's `panic` is not told to a build script: one of
/// these that unwinds would find no way back.
fn released() -> Result<bool, VarError> {
    Ok(env::var("PROFILE")? == "release" && env::var("CARGO_CFG_TARGET_OS")? == "linux")
}
