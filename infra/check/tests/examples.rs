//! Every rule against its examples: those in `infra/rejected` break it alone, those in `infra/accepted` break none.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use check_infra::{Denial, EventNames, Parameters, Policies, Report, SettingsFile, Subject, Template};
use serde::Deserialize;
use serde_json::Value;

fn infra() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn policies() -> Policies {
    Policies::load(&infra().join("policies")).unwrap()
}

fn rule_names(policies: &Policies) -> BTreeSet<String> {
    policies.rules().iter().map(|rule| rule.name.clone()).collect()
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// A template, settings, or both, by the name that they share.
struct Example {
    rule: String,
    path: PathBuf,
}

fn examples(kind: &str) -> Vec<Example> {
    let of_rule = |folder: PathBuf| {
        let paths: BTreeSet<PathBuf> = entries(&folder).iter().map(|path| path.with_extension("")).collect();
        paths.into_iter().map(move |path| Example { rule: name(&folder), path })
    };
    entries(&infra().join(kind)).into_iter().filter(|path| path.is_dir()).flat_map(of_rule).collect()
}

impl Example {
    fn report(&self, policies: &mut Policies) -> Report {
        // A small table, so that the examples need not change with the real one.
        let events: EventNames = [
            ("iam.amazonaws.com", ["PutRolePolicy", "DeleteRolePolicy"].into()),
            ("kms.amazonaws.com", ["DisableKey"].into()),
        ]
        .into();
        let (template, settings) = (self.path.with_extension("json"), self.path.with_extension("toml"));
        let template = template.exists().then(|| self.template(&template));
        let settings = settings.exists().then(|| SettingsFile::load(&settings, |_| None).unwrap());
        let settings: Vec<SettingsFile> = settings.into_iter().collect();
        policies.check(&Subject { template: template.as_ref(), settings: &settings, events: &events }).unwrap()
    }

    /// The template of a file, which is all of it, or what differs in an accepted one of the rule.
    fn template(&self, file: &Path) -> Template {
        let load = |file: &Path| Template::load(file, &Parameters::default()).unwrap();
        let Ok(Changed { of, changes }) = serde_json::from_value(read(file)) else { return load(file) };
        let mut template = read(&infra().join(format!("accepted/{}/{of}.json", self.rule)));
        for change in changes {
            let path = change.path.clone();
            change.make(&mut template).unwrap_or_else(|| panic!("{}: {path} is not in `{of}`", file.display()));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("changed.json");
        std::fs::write(&file, template.to_string()).unwrap();
        load(&file)
    }
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// An accepted example of the same rule, and how this one differs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    of: String,
    #[serde(default)]
    changes: Vec<Change>,
}

/// A step of a JSON Patch (RFC 6902).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    op: Operation,
    path: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Add,
    Remove,
    Replace,
}

impl Change {
    /// `None` where its path leads nowhere.
    fn make(self, template: &mut Value) -> Option<()> {
        if let Operation::Replace = self.op {
            *template.pointer_mut(&self.path)? = self.value;
            return Some(());
        }
        let (parent, name) = self.path.rsplit_once('/')?;
        match (self.op, template.pointer_mut(parent)?) {
            (Operation::Add, Value::Object(members)) => drop(members.insert(name.to_owned(), self.value)),
            (Operation::Add, Value::Array(items)) if name == "-" => items.push(self.value),
            (Operation::Add, Value::Array(items)) => items.insert(name.parse().ok()?, self.value),
            (Operation::Remove, Value::Object(members)) => drop(members.remove(name)?),
            (Operation::Remove, Value::Array(items)) => drop(items.remove(name.parse().ok()?)),
            _ => return None,
        }
        Some(())
    }
}

#[test]
fn what_breaks_one_rule_is_denied_once_and_by_that_rule() {
    let mut policies = policies();
    let mut wrong = vec![];
    for example in examples("rejected") {
        let denials: Vec<Denial> = example.report(&mut policies).denials.into_iter().collect();
        let [Denial { rule, .. }] = denials.as_slice() else {
            wrong.push((example.path, denials));
            continue;
        };
        if *rule != example.rule {
            wrong.push((example.path, denials));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_keeps_a_rule_is_looked_at_and_accepted_by_all() {
    let mut policies = policies();
    let mut wrong = vec![];
    for example in examples("accepted") {
        let report = example.report(&mut policies);
        if !report.denials.is_empty() || report.examined[&example.rule].is_empty() {
            wrong.push((example.path, report));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_examples_and_every_example_a_rule() {
    let rules = rule_names(&policies());
    for kind in ["accepted", "rejected"] {
        let with_examples: BTreeSet<String> = examples(kind).into_iter().map(|example| example.rule).collect();
        assert_eq!(with_examples, rules, "{kind}");
    }
}

#[test]
fn every_reason_to_deny_has_an_example() {
    let mut policies = policies();
    let mut reasons = BTreeSet::new();
    for example in examples("rejected") {
        for denial in example.report(&mut policies).denials {
            reasons.insert((denial.rule, reason(&denial.message)));
        }
    }
    for rule in rule_names(&policies) {
        let rego = std::fs::read_to_string(infra().join(format!("policies/{rule}.rego"))).unwrap();
        let stated = rego.lines().filter(|line| line.starts_with("deny contains")).count();
        let shown = reasons.iter().filter(|(of, _)| *of == rule).count();
        assert!(shown >= stated, "`{rule}` states {stated} reasons, and the examples show {shown}");
    }
}

/// A message without what differs from case to case.
fn reason(message: &str) -> String {
    let in_words = message.split('`').step_by(2).collect::<String>();
    in_words.chars().filter(|c| !c.is_ascii_digit()).collect()
}
