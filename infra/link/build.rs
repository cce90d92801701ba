//! How a released function is linked: at the addresses that it runs at (decision 18), without tables that nothing reads
//! (decision 15), and with what is called laid together where its crate has a list of it (decision 14).

use std::env::VarError;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// Set where Valgrind has to read the functions' names, as it cannot of a program at fixed addresses.
const FOR_VALGRIND: &str = "LINK_FOR_VALGRIND";

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
    println!("cargo::rerun-if-env-changed={FOR_VALGRIND}");
    if released()? {
        println!("cargo::rustc-link-arg-bins=-T{}", linked.display());
        // A program for musl is linked as a whole, and begins in another way.
        if env::var("CARGO_CFG_TARGET_ENV")? == "gnu" && env::var_os(FOR_VALGRIND).is_none() {
            println!("cargo::rustc-link-arg-bins=-no-pie");
        }
    }
    Ok(())
}

/// Whether this is for Linux and a profile that comes of `release`. A profile's `panic` is not told to a build script: one of
/// these that unwinds would find no way back.
fn released() -> Result<bool, VarError> {
    Ok(env::var("PROFILE")? == "release" && env::var("CARGO_CFG_TARGET_OS")? == "linux")
}
