use std::fmt::Write;

use crate::answers::{self, FOREIGN, UNKNOWN};
use crate::check::Needs;
use crate::checks;

/// A check as the documentation lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    /// What it is made of; one of them is enough.
    pub needs: Vec<&'static str>,
    pub concludes: String,
    /// The lines of the checklists that it stands for.
    pub checklist: &'static [&'static str],
}

/// Every check under which something may be reported: those that look for themselves, then those that read S3's answer.
#[must_use]
pub fn catalogue() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |name, needs: Needs, concludes: &str, checklist| {
        let needs = needs.as_str();
        match entries.iter_mut().find(|entry: &&mut Entry| entry.name == name) {
            None => entries.push(Entry { name, needs: vec![needs], concludes: sentence(concludes), checklist }),
            // What reads an answer says mostly the same in other words as the check that looks for itself. The URL is always given.
            Some(entry) if entry.needs != [needs] => {
                if !entry.needs.contains(&needs) && entry.needs != [Needs::Url.as_str()] {
                    entry.needs.push(needs);
                }
            }
            Some(entry) if entry.concludes.contains(&sentence(concludes)) => {}
            Some(entry) => {
                entry.concludes.push(' ');
                entry.concludes.push_str(&sentence(concludes));
            }
        }
    };
    for check in checks::all() {
        add(check.name, check.needs, check.concludes, check.checklist);
    }
    for (name, concludes, checklist) in answers::DENIALS {
        add(name, Needs::Error, concludes, checklist);
    }
    for row in answers::table() {
        add(row.check, Needs::Error, row.cause, answers::checklist(row.check));
    }
    add(FOREIGN, Needs::Error, "The answer is not S3's: a proxy, firewall or CDN has answered in its place.", &[]);
    add(UNKNOWN, Needs::Error, "S3's answer is none that is known here.", &[]);
    entries
}

/// The documentation of every check, as `docs/checks.md` has it.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(HEADER);
    for entry in catalogue() {
        let concludes = entry.concludes.replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{}` | {} | {concludes} |", entry.name, entry.needs.join(", or "));
    }
    text
}

const HEADER: &str = "# The checks of `presign explain`

Names are stable: scripts may decide by `findings[].check`. A check is made when what it needs is given. One that could not be made
all the same, such as one that has to look into the account and may not, is reported in `couldNotLook`: it is unknown, not fine.

This file is made from the tables of checks in `crates/diagnosis`: `cargo test -p diagnosis --test catalogue` says so when it is not.

| check | needs | concludes |
|---|---|---|
";

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
