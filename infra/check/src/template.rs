use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::Parameters;
use crate::intrinsics::{IntrinsicError, Resolver};

/// An expanded CloudFormation template, as it is deployed with some parameters.
#[derive(Debug, Clone)]
pub struct Template {
    file: PathBuf,
    resources: Map<String, Value>,
    parameters: Vec<String>,
    region: String,
    /// What the ARNs of the account's roles begin with.
    roles: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the template `{}` cannot be checked: {why}", file.display())]
pub struct TemplateError {
    file: PathBuf,
    why: Unchecked,
}

#[derive(Debug, thiserror::Error)]
enum Unchecked {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("it is no JSON: {0}; infra/expand.py makes it of YAML")]
    NotJson(#[from] serde_json::Error),
    #[error("it has no `Resources`")]
    NoResources,
    #[error("it has a `Transform`: infra/expand.py carries that out")]
    NotExpanded,
    #[error("the value of the parameter `{0}` is not of its type")]
    ParameterType(String),
    #[error("in `{resource}`: {error}")]
    Intrinsic { resource: String, error: IntrinsicError },
}

impl Template {
    /// # Errors
    /// When the file cannot be read, is no expanded template, or says something that cannot be told before a deployment.
    pub fn load(file: &Path, parameters: &Parameters) -> Result<Self, TemplateError> {
        read(file, parameters).map_err(|why| TemplateError { file: file.to_owned(), why })
    }

    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The parameters that the template takes.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(String::as_str)
    }

    /// The template without parameters, conditions and functions, for other tools.
    #[must_use]
    pub fn resolved(&self) -> Value {
        json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": self.resources})
    }

    pub(crate) fn resources(&self) -> &Map<String, Value> {
        &self.resources
    }

    /// What the template tells the issuing function, where it has one: what a settings file may refer to.
    /// AWS's own region among it.
    #[must_use]
    pub fn issuer_environment(&self) -> Option<BTreeMap<String, String>> {
        let issuer = of_type(&self.resources, "AWS::Lambda::Function")
            .find_map(|(_, function)| (tag(function, "presign:part") == Some("issuer")).then_some(function))?;
        let told = issuer.pointer("/Properties/Environment/Variables").and_then(Value::as_object).into_iter().flatten();
        let told = told.filter_map(|(name, value)| Some((name.clone(), self.deployed(value.as_str()?))));
        // Lambda tells this one by itself.
        Some(told.chain([("AWS_REGION".to_owned(), self.region.clone())]).collect())
    }

    /// `text` as a function reads it: an ARN of one of the template's roles has the account and the name in it.
    fn deployed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (id, role) in of_type(&self.resources, "AWS::IAM::Role") {
            let name = role.pointer("/Properties/RoleName").and_then(Value::as_str).unwrap_or(id);
            text = text.replace(&format!("${{{id}.Arn}}"), &format!("{}{name}", self.roles));
        }
        text
    }
}

fn of_type<'a>(resources: &'a Map<String, Value>, kind: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    resources.iter().filter(move |(_, resource)| resource.get("Type").and_then(Value::as_str) == Some(kind))
}

fn tag<'a>(resource: &'a Value, key: &str) -> Option<&'a str> {
    let tags = resource.pointer("/Properties/Tags")?.as_array()?;
    tags.iter().find(|tag| tag.get("Key").and_then(Value::as_str) == Some(key))?.get("Value")?.as_str()
}

fn read(file: &Path, given: &Parameters) -> Result<Template, Unchecked> {
    let template: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    if template.get("Transform").is_some() {
        return Err(Unchecked::NotExpanded);
    }
    let (empty, section) = (Map::new(), |name: &str| template.get(name).and_then(Value::as_object));
    let declared = section("Parameters").unwrap_or(&empty);
    let all = section("Resources").ok_or(Unchecked::NoResources)?;
    let resolver =
        Resolver { parameters: values(declared, given)?, conditions: section("Conditions").unwrap_or(&empty) };
    let mut resources = Map::new();
    for (id, resource) in all {
        let in_resource = |error| Unchecked::Intrinsic { resource: id.clone(), error };
        let exists = match resource.get("Condition").and_then(Value::as_str) {
            Some(condition) => resolver.holds(condition).map_err(in_resource)?,
            None => true,
        };
        if exists && let Some(resource) = resolver.resolve(resource).map_err(in_resource)? {
            resources.insert(id.clone(), resource);
        }
    }
    let pseudo = |name: &str| given.get(name).unwrap_or_default();
    Ok(Template {
        file: file.to_owned(),
        resources,
        parameters: declared.keys().cloned().collect(),
        region: pseudo("AWS::Region").to_owned(),
        roles: format!("arn:{}:iam::{}:role/", pseudo("AWS::Partition"), pseudo("AWS::AccountId")),
    })
}

/// The values of the parameters that are known: AWS's own, those given, and the defaults of the rest.
fn values(declared: &Map<String, Value>, given: &Parameters) -> Result<BTreeMap<String, Value>, Unchecked> {
    let mut values: BTreeMap<String, Value> = given.pseudo().map(|(name, value)| (name.into(), value.into())).collect();
    for (name, parameter) in declared {
        let default = || match parameter.get("Default")? {
            Value::String(default) => Some(default.clone()),
            default => Some(default.to_string()),
        };
        let Some(text) = given.get(name).map(str::to_owned).or_else(default) else { continue };
        let value = match parameter.get("Type").and_then(Value::as_str) {
            Some("Number") => {
                serde_json::from_str(&text).map(Value::Number).map_err(|_| Unchecked::ParameterType(name.clone()))?
            }
            Some(list) if list == "CommaDelimitedList" || list.starts_with("List<") => {
                text.split(',').map(|part| Value::from(part.trim())).collect()
            }
            _ => Value::String(text),
        };
        values.insert(name.clone(), value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(template: &Value, parameters: &[&str]) -> Result<Template, TemplateError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.json");
        std::fs::write(&file, template.to_string()).unwrap();
        Template::load(&file, &parameters.iter().map(|parameter| parameter.parse().unwrap()).collect())
    }

    fn service() -> Value {
        json!({
            "Parameters": {"Days": {"Type": "Number", "Default": 30}, "Key": {"Type": "String", "Default": ""}, "Bucket": {"Type": "String"}},
            "Conditions": {"WithKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]}},
            "Resources": {
                "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}},
                "Extra": {"Type": "AWS::KMS::Alias", "Condition": "WithKey", "Properties": {"TargetKeyId": {"Ref": "Key"}}},
                "Signer": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reports-signer"}},
                "Issuer": {"Type": "AWS::Lambda::Function", "Properties": {
                    "Tags": [{"Key": "presign:part", "Value": "issuer"}],
                    "Environment": {"Variables": {
                        "PRESIGN_SIGNING_ROLE": {"Fn::GetAtt": ["Signer", "Arn"]},
                        "PRESIGN_BUCKET": {"Ref": "Bucket"},
                    }},
                }},
            },
        })
    }

    #[test]
    fn a_template_is_checked_as_it_is_deployed_with_these_parameters() {
        let template = load(&service(), &[]).unwrap();
        assert_eq!(template.resources()["Logs"]["Properties"]["RetentionInDays"], 30);
        assert!(!template.resources().contains_key("Extra"));
        let template = load(&service(), &["Days=7", "Key=k"]).unwrap();
        assert_eq!(template.resources()["Logs"]["Properties"]["RetentionInDays"], 7);
        assert_eq!(template.resources()["Extra"]["Properties"]["TargetKeyId"], "k");
        assert!(load(&service(), &["Days=week"]).unwrap_err().to_string().contains("`Days`"));
    }

    #[test]
    fn the_issuers_environment_has_the_arns_of_the_templates_roles() {
        let environment = load(&service(), &["Bucket=reports"]).unwrap().issuer_environment().unwrap();
        assert_eq!(environment["PRESIGN_SIGNING_ROLE"], "arn:aws:iam::123456789012:role/reports-signer");
        assert_eq!(environment["PRESIGN_BUCKET"], "reports");
        assert_eq!(environment["AWS_REGION"], "eu-central-1");
    }

    #[test]
    fn what_is_no_expanded_template_is_refused_with_its_name() {
        for template in [json!({}), json!([]), json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}})] {
            let error = load(&template, &[]).unwrap_err().to_string();
            assert!(error.contains("template.json"), "{error}");
        }
    }
}
