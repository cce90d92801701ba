//! `check-infra`: prints what the rules deny, a line each, and fails if there is any.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use check_infra::{Parameter, Parameters, Policies, Report, SettingsFile, Subject, Template, understood};
use clap::Parser;

/// Checks expanded CloudFormation templates and settings files against the rules in infra/policies.
#[derive(Debug, Parser)]
struct Options {
    /// A settings file, TOML or JSON. `${NAME}` in it stands for what the template with the issuing function tells it, and
    /// for an environment variable where there is no such template.
    #[arg(long, value_name = "FILE")]
    settings: Vec<PathBuf>,

    /// What a template parameter, or a pseudo parameter such as `AWS::Region`, is deployed with.
    #[arg(long, value_name = "NAME=VALUE")]
    parameter: Vec<Parameter>,

    /// The folder with the rules.
    #[arg(long, value_name = "FOLDER", default_value = "infra/policies")]
    policies: PathBuf,

    /// Fail also if a rule finds nothing that it applies to.
    #[arg(long)]
    every_rule: bool,

    /// Write each template also as it is deployed with these parameters, into this folder, for other tools.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,

    /// Templates, expanded to JSON.
    #[arg(value_name = "TEMPLATE.json")]
    templates: Vec<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let mut policies = Policies::load(&options.policies)?;
    let (templates, settings) = load(&options)?;
    if let Some(folder) = &options.write {
        write(&templates, folder)?;
    }
    let alone = Subject { template: None, settings: &settings, events: &understood() };

    let mut report = policies.check(&alone)?;
    for template in &templates {
        report.add(policies.check(&Subject { template: Some(template), ..alone })?);
    }
    print(&report, policies.rules().len(), templates.len() + settings.len())?;

    if report.looks() == 0 {
        bail!("no rule applies to any of the files: are they the right ones?");
    }
    let idle: Vec<&str> = report.idle().collect();
    if options.every_rule && !idle.is_empty() {
        bail!("nothing that these rules apply to is in any of the files: {}", idle.join(", "));
    }
    Ok(if report.denials.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn load(options: &Options) -> anyhow::Result<(Vec<Template>, Vec<SettingsFile>)> {
    let parameters: Parameters = options.parameter.iter().cloned().collect();
    let load = |file: &PathBuf| Template::load(file, &parameters);
    let templates = options.templates.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let taken: BTreeSet<&str> = templates.iter().flat_map(Template::parameters).collect();
    if let Some(unknown) = parameters.names().find(|name| !taken.contains(name)) {
        bail!("none of the templates has a parameter `{unknown}`");
    }

    let mut environments = templates.iter().filter_map(Template::issuer_environment);
    let issuer = environments.next();
    if environments.next().is_some() {
        bail!("several templates have an issuing function, and the settings are for one: check them one by one");
    }
    let variable = |name: &str| match &issuer {
        Some(environment) => environment.get(name).cloned(),
        None => std::env::var(name).ok(),
    };
    let load = |file: &PathBuf| SettingsFile::load(file, variable);
    let settings = options.settings.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    Ok((templates, settings))
}

fn write(templates: &[Template], folder: &Path) -> anyhow::Result<()> {
    for template in templates {
        let path = folder.join(template.file().file_name().unwrap_or_default());
        let text = serde_json::to_string_pretty(&template.resolved())?;
        std::fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    Ok(())
}

fn print(report: &Report, rules: usize, files: usize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for denial in &report.denials {
        writeln!(out, "{denial}").context("the report cannot be written")?;
    }
    let (looks, denials) = (report.looks(), report.denials.len());
    writeln!(out, "{rules} rules on {files} files: {looks} looks at resources and buckets, {denials} denials")?;
    Ok(())
}
