//! Which functions of the issuer's program are called, for the linker to lay them beside each other (decision 14).

use std::collections::BTreeSet;
use std::iter;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use tokio::process::Command;

use crate::lambda::{Environment, Function};

/// The linker's script, with what is called in two of these between what is called in one of them alone.
pub struct Called {
    start: BTreeSet<String>,
    /// What was called before for the same.
    again: BTreeSet<String>,
    /// And for what is asked for the first time.
    first: BTreeSet<String>,
}

impl Called {
    /// Runs the program under Valgrind: to its first request for an event, on through these, and through them once more.
    pub async fn of(program: &Path, environment: &Environment, events: &[&Bytes]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let calls = folder.path().join("calls");
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--tool=callgrind", "--demangle=no", "--compress-strings=no"]);
        command.arg(format!("--callgrind-out-file={}", calls.display())).arg(program);
        let mut function = Function::start(command, environment).await?;
        let start = called_until_now(&function, &calls.with_extension("1")).await?;
        answer_all(&mut function, events).await?;
        let first = called_until_now(&function, &calls.with_extension("2")).await?;
        answer_all(&mut function, events).await?;
        function.stop().await?;
        Ok(Self { start, again: functions_in(&calls)?, first })
    }

    /// For `ld` and `lld`, beside what they do by default.
    pub fn script(&self) -> String {
        let Self { start, again, first } = self;
        let of_start = start.difference(again);
        let of_both = start.intersection(again);
        let of_again = again.difference(start);
        let of_first = first.iter().filter(|name| !start.contains(*name) && !again.contains(*name));
        let names = of_start.chain(of_both).chain(of_again).chain(of_first);
        let names = names.map(|name| format!("    *(.text*.{name})\n")).collect::<Vec<_>>().concat();
        format!("SECTIONS {{\n  .text.called : {{\n{names}  }}\n}} INSERT BEFORE .text;\n")
    }
}

async fn answer_all(function: &mut Function, events: &[&Bytes]) -> Result<()> {
    for event in events {
        let answer = function.invoke(event).await?;
        ensure!(
            String::from_utf8_lossy(&answer).contains(r#""statusCode":200"#),
            "the issuer does not answer with 200"
        );
    }
    Ok(())
}

/// What was called since the last time, which Valgrind writes to `file`.
async fn called_until_now(function: &Function, file: &Path) -> Result<BTreeSet<String>> {
    let status = Command::new("callgrind_control").args(["--dump", &function.pid().to_string()]).output().await?.status;
    ensure!(status.success(), "`callgrind_control` fails");
    functions_in(file)
}

fn functions_in(calls: &Path) -> Result<BTreeSet<String>> {
    let calls =
        std::fs::read_to_string(calls).with_context(|| format!("Valgrind has not written {}", calls.display()))?;
    Ok(names(&calls).map(whichever_build).collect())
}

/// The names of the compiler's functions in what callgrind writes.
fn names(calls: &str) -> impl Iterator<Item = &str> {
    calls.lines().filter_map(|line| {
        let name = line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn="))?;
        (name.starts_with("_ZN") || name.starts_with("_R")).then_some(name)
    })
}

/// What the name is in every build, as a pattern: the hash of its crate, or at its end, differs with how a crate is built,
/// and the number that may follow with each build.
fn whichever_build(name: &str) -> String {
    let name = name.split('\'').next().unwrap_or(name);
    if name.starts_with("_ZN") {
        return match name.rfind("17h") {
            Some(hash) => format!("{}*", name.get(..hash + 3).unwrap_or(name)),
            None => name.to_owned(),
        };
    }
    let mut parts = name.split('.').next().unwrap_or(name).split("Cs");
    let beginning = parts.next().unwrap_or_default().to_owned();
    let crates =
        parts.map(|part| part.split_once('_').map_or_else(|| part.to_owned(), |(_, rest)| format!("*_{rest}")));
    iter::once(beginning).chain(crates).collect::<Vec<_>>().join("Cs") + "*"
}

#[cfg(test)]
mod tests {
    use super::{names, whichever_build};

    #[test]
    fn functions_are_read_of_calls_and_of_callees() {
        let calls = "events: Ir\nfn=_ZN4core3fmt5write17h0123456789abcdefE\n7 3\ncfn=malloc\n\
                     cfn=_RNvCsabc_3std2rt\ncalls=1 0\nfl=main.rs\n";
        let names: Vec<_> = names(calls).collect();
        assert_eq!(names, ["_ZN4core3fmt5write17h0123456789abcdefE", "_RNvCsabc_3std2rt"]);
    }

    #[test]
    fn what_differs_between_builds_is_left_open() {
        let legacy = "_ZN4core3fmt5write17h0123456789abcdefE.llvm.123'2";
        assert_eq!(whichever_build(legacy), "_ZN4core3fmt5write17h*");
        let v0 = "_RNvMs2_NtCs1aB9_5alloc7raw_vecECsZ_3std.42";
        assert_eq!(whichever_build(v0), "_RNvMs2_NtCs*_5alloc7raw_vecECs*_3std*");
    }
}
