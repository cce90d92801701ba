//! Has the linker lay the functions that are called beside each other (decision 14).

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=called.ld");
    let deployed = var("PROFILE").as_deref() == Ok("release") && var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    if let (true, Ok(folder)) = (deployed, var("CARGO_MANIFEST_DIR")) {
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/called.ld");
    }
}
