use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::phase::Phase;
use crate::tally::Tally;

/// The figures, in Markdown.
pub fn table(rows: &[(Phase, Tally)]) -> String {
    let mut table = "| while | requests | issued | from the cache | refused (503) | used at S3 | wrong | median | 99 % within | as before after |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for (phase, tally) in rows {
        let after = match tally.recovered_after.as_millis() {
            0 => "at once".to_owned(),
            after => format!("{after} ms"),
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} ms | {} ms | {} |",
            phase.name,
            tally.requests,
            tally.issued,
            tally.from_cache,
            tally.refused,
            tally.used,
            tally.wrong.len(),
            tally.quantile(0.5).as_millis(),
            tally.quantile(0.99).as_millis(),
            after,
        );
    }
    let sum = |of: fn(&Tally) -> u64| rows.iter().map(|(_, tally)| of(tally)).sum::<u64>();
    let wrong: usize = rows.iter().map(|(_, tally)| tally.wrong.len()).sum();
    let _ = writeln!(
        table,
        "| **all** | {} | {} | {} | {} | {} | **{wrong}** | | | |",
        sum(|tally| tally.requests),
        sum(|tally| tally.issued),
        sum(|tally| tally.from_cache),
        sum(|tally| tally.refused),
        sum(|tally| tally.used),
    );
    table
}

const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- /figures -->";

/// Writes the table into the page anew.
pub fn write(table: &str) -> Result<()> {
    let file: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../docs/load-and-faults.md"].iter().collect();
    let page = std::fs::read_to_string(&file)?;
    let (before, rest) = page.split_once(BEGIN).context("the page has no place for the figures")?;
    let (_, after) = rest.split_once(END).context("the figures have no end")?;
    std::fs::write(&file, format!("{before}{BEGIN}{table}{END}{after}"))?;
    Ok(())
}
