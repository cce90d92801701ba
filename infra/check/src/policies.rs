use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regorus::{Engine, Value as RegoValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::report::{Denial, Report};
use crate::subject::Subject;

/// The rules of a folder: a file each, named as its package is.
pub struct Policies {
    engine: Engine,
    rules: Vec<Rule>,
}

/// A rule, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    pub about: About,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What holds where the rule is kept.
    pub title: String,
    /// What goes wrong where it is not.
    pub why: String,
    /// Where AWS says so.
    pub source: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policies in `{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("there is no rule in `{}`", .0.display())]
    NoRules(PathBuf),
    #[error("`{}`: {message}", path.display())]
    Rego { path: PathBuf, message: String },
    #[error("`{}` has the package `{package}`, and must have `{expected}`", path.display())]
    Package { path: PathBuf, package: String, expected: String },
    #[error("the rule `{rule}` cannot answer for `{part}`: {message}")]
    Evaluation { rule: String, part: &'static str, message: String },
}

/// A denial as a rule states it.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Stated {
    /// The settings file, where the denial is about settings.
    file: Option<String>,
    resource: String,
    message: String,
}

/// Something that a rule looked at.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Examined {
    file: Option<String>,
    resource: String,
}

impl Policies {
    /// The rules are the files of `folder`; what they share is in its folder `lib`.
    ///
    /// # Errors
    /// When a file is no Rego, has another package than its name says, or does not describe its rule.
    pub fn load(folder: &Path) -> Result<Self, PolicyError> {
        let mut engine = Engine::new();
        // A function that is given what it does not take is a mistake of the rule, and no approval.
        engine.set_strict_builtin_errors(true);
        for path in rego_files(&folder.join("lib"))? {
            add(&mut engine, &path, "data.lib")?;
        }
        let mut names = vec![];
        for path in rego_files(folder)? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            add(&mut engine, &path, &format!("data.rules.{name}"))?;
            names.push(name);
        }
        if names.is_empty() {
            return Err(PolicyError::NoRules(folder.to_owned()));
        }
        engine.set_input(RegoValue::new_object());
        let described = |name: String| answer(&mut engine, &name, "about").map(|about| Rule { name, about });
        let rules = names.into_iter().map(described).collect::<Result<_, _>>()?;
        Ok(Self { engine, rules })
    }

    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What each rule says of `subject`.
    ///
    /// # Errors
    /// When a rule cannot be evaluated.
    pub fn check(&mut self, subject: &Subject<'_>) -> Result<Report, PolicyError> {
        self.engine.set_input(RegoValue::from(subject.input()));
        let file = |stated: Option<String>| match stated {
            Some(settings) => PathBuf::from(settings),
            None => subject.file().map(Path::to_owned).unwrap_or_default(),
        };
        let mut report = Report::default();
        for Rule { name, .. } in &self.rules {
            let examined: BTreeSet<Examined> = answer(&mut self.engine, name, "examined")?;
            let examined = examined.into_iter().map(|examined| (file(examined.file), examined.resource)).collect();
            report.examined.insert(name.clone(), examined);
            let denied: BTreeSet<Stated> = answer(&mut self.engine, name, "deny")?;
            report.denials.extend(denied.into_iter().map(|Stated { file: stated, resource, message }| Denial {
                rule: name.clone(),
                file: file(stated),
                resource,
                message,
            }));
        }
        Ok(report)
    }
}

fn rego_files(folder: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let unreadable = |source| PolicyError::Unreadable { path: folder.to_owned(), source };
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "rego") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn add(engine: &mut Engine, path: &Path, expected: &str) -> Result<(), PolicyError> {
    let rego =
        std::fs::read_to_string(path).map_err(|source| PolicyError::Unreadable { path: path.to_owned(), source })?;
    let package = engine
        .add_policy(path.display().to_string(), rego)
        .map_err(|error| PolicyError::Rego { path: path.to_owned(), message: error.to_string() })?;
    if package != expected {
        return Err(PolicyError::Package { path: path.to_owned(), package, expected: expected.to_owned() });
    }
    Ok(())
}

fn answer<T: DeserializeOwned>(engine: &mut Engine, rule: &str, part: &'static str) -> Result<T, PolicyError> {
    let wrong = |message: String| PolicyError::Evaluation { rule: rule.to_owned(), part, message };
    let value = engine.eval_rule(format!("data.rules.{rule}.{part}")).map_err(|error| wrong(error.to_string()))?;
    let json = value.to_json_str().map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&json).map_err(|error| wrong(error.to_string()))
}
