//! What was measured, for programs and for people.

mod document;
mod json;
mod plot;
mod region;
mod scale;

use std::path::PathBuf;

use anyhow::Result;
use bench::measured::InProcess;

use crate::clients::Clients;
use crate::lambda::Functions;
use crate::simulation::Simulated;
use crate::workspace;

/// All that one run has measured.
pub struct Report {
    pub in_process: InProcess,
    pub functions: Functions,
    pub clients: Vec<Clients>,
    pub simulated: Vec<Simulated>,
}

impl Report {
    /// Writes `target/bench/bench.json`, or beside it what only shows that all runs, and says where.
    pub fn write_json(&self, quick: bool) -> Result<PathBuf> {
        let folder = workspace().join("target/bench");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(if quick { "bench-quick.json" } else { "bench.json" });
        std::fs::write(&file, format!("{:#}\n", json::of(self)?))?;
        Ok(file)
    }

    /// Writes the tables and the plots of docs/performance.md anew.
    pub fn write_documents(&self) -> Result<()> {
        write(document::tables(self)?)?;
        plot::all(self, &docs())
    }

    /// The tables, as docs/performance.md has them.
    pub fn tables(&self) -> Result<String> {
        document::tables(self).map(texts)
    }
}

impl Functions {
    /// Writes those tables of docs/performance.md anew that are about functions.
    pub fn write_documents(&self) -> Result<()> {
        write(document::of_functions(self)?)
    }

    /// These tables.
    pub fn tables(&self) -> Result<String> {
        document::of_functions(self).map(texts)
    }
}

/// A table, under the name that marks its place in the document.
type Table = (&'static str, String);

fn write(tables: Vec<Table>) -> Result<()> {
    let file = docs().join("performance.md");
    let document = document::with_tables(&std::fs::read_to_string(&file)?, tables)?;
    Ok(std::fs::write(&file, document)?)
}

fn texts(tables: Vec<Table>) -> String {
    tables.into_iter().map(|(_, table)| table).collect::<Vec<_>>().join("\n")
}

fn docs() -> PathBuf {
    workspace().join("docs")
}
