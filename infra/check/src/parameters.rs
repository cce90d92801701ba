use std::collections::BTreeMap;
use std::str::FromStr;

/// A template parameter, or a pseudo parameter such as `AWS::Region`, and what it is deployed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not of the form NAME=VALUE")]
pub struct ParameterError(String);

impl FromStr for Parameter {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            _ => Err(ParameterError(text.to_owned())),
        }
    }
}

/// What the templates are deployed with; a parameter that is not here has its default.
#[derive(Debug, Clone)]
pub struct Parameters(BTreeMap<String, String>);

/// The account, the region and so on that a template is checked for, unless others are named.
const PSEUDO_PARAMETERS: [(&str, &str); 7] = [
    ("AWS::AccountId", "123456789012"),
    ("AWS::NotificationARNs", ""),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "eu-central-1"),
    ("AWS::StackId", "arn:aws:cloudformation:eu-central-1:123456789012:stack/presign/1"),
    ("AWS::StackName", "presign"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

impl Default for Parameters {
    fn default() -> Self {
        [].into_iter().collect()
    }
}

impl FromIterator<Parameter> for Parameters {
    fn from_iter<I: IntoIterator<Item = Parameter>>(given: I) -> Self {
        let pseudo = PSEUDO_PARAMETERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self(pseudo.chain(given.into_iter().map(|Parameter { name, value }| (name, value))).collect())
    }
}

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// AWS's own, with their names.
    pub(crate) fn pseudo(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| name.starts_with("AWS::"))
    }

    /// Parameters of templates, that is without AWS's own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| !name.starts_with("AWS::"))
    }
}
