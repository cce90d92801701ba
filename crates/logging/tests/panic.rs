//! What is logged before a panic is written though the function ends with it.
#![cfg(test)]

use std::process::Command;

use logging::LevelFilter;

/// Set in the process that panics.
const PANICS: &str = "LOGGING_TEST_PANICS";

#[test]
fn a_function_that_panics_has_written_the_lines_that_it_kept() {
    if std::env::var_os(PANICS).is_some() {
        panic_as_a_function_does();
    }
    let test = std::env::current_exe().unwrap();
    let name = "a_function_that_panics_has_written_the_lines_that_it_kept";
    let ended = Command::new(test).args(["--exact", name, "--nocapture"]).env(PANICS, "").output().unwrap();
    let lines = String::from_utf8(ended.stdout).unwrap();
    let messages: Vec<&str> = lines.lines().filter_map(|line| line.split(r#""message":""#).nth(1)).collect();
    let [before, panicked] = messages.as_slice() else { panic!("{lines}") };
    assert!(before.starts_with("before it"), "{before}");
    assert!(panicked.starts_with("the function has panicked"), "{panicked}");
    assert!(!lines.contains("a secret"), "{lines}");
}

/// Without unwinding, which would write what is kept too.
fn panic_as_a_function_does() -> ! {
    logging::init_json(LevelFilter::INFO, None::<tracing_subscriber::layer::Identity>).unwrap();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        hook(panic);
        std::process::exit(1);
    }));
    logging::together(|| {
        tracing::warn!("before it");
        panic!("a secret");
    })
}
