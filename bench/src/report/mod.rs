//! What was measured, for programs and for people.

mod document;
mod json;
mod plot;
mod scale;

use std::path::PathBuf;

use anyhow::Result;
use bench::measured::InProcess;

use crate::clients::Clients;
use crate::lambda::{ColdStart, Warm};
use crate::simulation::Simulated;
use crate::workspace;

/// All that one run has measured.
pub struct Report {
    pub in_process: InProcess,
    /// The bare runtime first, the issuer second.
    pub cold_starts: Vec<ColdStart>,
    /// The echo first, the issuer second.
    pub warm: Vec<Warm>,
    pub clients: Vec<Clients>,
    pub simulated: Vec<Simulated>,
}

impl Report {
    /// Writes `target/bench/bench.json`, and says where.
    pub fn write_json(&self) -> Result<PathBuf> {
        let folder = workspace().join("target/bench");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("bench.json");
        std::fs::write(&file, format!("{:#}\n", json::of(self)?))?;
        Ok(file)
    }

    /// Writes the tables and the plots of docs/performance.md anew.
    pub fn write_documents(&self) -> Result<()> {
        let folder = workspace().join("docs");
        let file = folder.join("performance.md");
        std::fs::write(&file, document::with_tables(&std::fs::read_to_string(&file)?, self)?)?;
        plot::all(self, &folder)
    }

    /// The tables, as docs/performance.md has them.
    pub fn tables(&self) -> String {
        document::tables(self).into_iter().map(|(_, table)| table).collect::<Vec<_>>().join("\n")
    }
}
