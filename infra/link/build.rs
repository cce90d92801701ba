//! How a deployed function is linked: without tables that nothing reads (decision 15), and with what is called laid together
//! where its crate has a list of it (decision 14).

use std::env::var;
use std::path::Path;

fn main() {
    let deployed = var("PROFILE").as_deref() == Ok("release") && var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux");
    let Ok(function) = var("CARGO_MANIFEST_DIR") else { return };
    for script in ["../../infra/link/no-unwinding.ld", "called.ld"] {
        let script = Path::new(&function).join(script);
        if script.exists() {
            println!("cargo::rerun-if-changed={}", script.display());
            if deployed {
                println!("cargo::rustc-link-arg-bins=-T{}", script.display());
            }
        }
    }
}
