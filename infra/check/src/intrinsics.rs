//! What CloudFormation's functions stand for, so that a rule compares plain text.
//!
//! Parameters have their values and conditions are decided. What only a deployment tells stays as `Fn::Sub` would write it:
//! `${UrlTable}` for a reference, `${UrlTable.Arn}` for an attribute.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntrinsicError {
    #[error("`{0}` is not understood here: write it another way, or teach infra/check what it stands for")]
    NotUnderstood(String),
    #[error("`{0}` is given something that CloudFormation does not take: {1}")]
    Malformed(String, String),
    #[error("there is no condition `{0}`")]
    NoSuchCondition(String),
    #[error("the condition `{0}` depends on itself")]
    Circular(String),
    #[error(
        "a condition depends on `{0}`: give its parameter a default, or name a value with `--parameter NAME=VALUE`"
    )]
    Undecided(String),
}

/// The values that a template is resolved with.
pub struct Resolver<'a> {
    /// Numbers, text, or lists of text.
    pub parameters: BTreeMap<String, Value>,
    pub conditions: &'a Map<String, Value>,
}

const NO_VALUE: &str = "AWS::NoValue";

impl Resolver<'_> {
    /// `value` without functions; none when it stands for no value at all.
    pub fn resolve(&self, value: &Value) -> Result<Option<Value>, IntrinsicError> {
        match value {
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(name, argument),
                None => self.members(members).map(|members| Some(Value::Object(members))),
            },
            Value::Array(elements) => self.elements(elements).map(|elements| Some(Value::Array(elements))),
            plain => Ok(Some(plain.clone())),
        }
    }

    fn members(&self, members: &Map<String, Value>) -> Result<Map<String, Value>, IntrinsicError> {
        let mut resolved = Map::new();
        for (name, member) in members {
            if let Some(member) = self.resolve(member)? {
                resolved.insert(name.clone(), member);
            }
        }
        Ok(resolved)
    }

    fn elements(&self, elements: &[Value]) -> Result<Vec<Value>, IntrinsicError> {
        elements.iter().filter_map(|element| self.resolve(element).transpose()).collect()
    }

    fn call(&self, name: &str, argument: &Value) -> Result<Option<Value>, IntrinsicError> {
        match (name, argument) {
            ("Ref", Value::String(referred)) if referred == NO_VALUE => Ok(None),
            ("Ref", Value::String(referred)) => Ok(Some(self.reference(referred))),
            ("Fn::GetAtt", Value::String(path)) => Ok(Some(Value::String(format!("${{{path}}}")))),
            ("Fn::GetAtt", Value::Array(path)) => {
                let path = self.texts(name, path)?.join(".");
                Ok(Some(Value::String(format!("${{{path}}}"))))
            }
            ("Fn::Sub", Value::String(text)) => {
                self.substitute(text, &Map::new()).map(|text| Some(Value::String(text)))
            }
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => {
                    self.substitute(text, &self.members(own)?).map(|text| Some(Value::String(text)))
                }
                _ => Err(malformed(name, argument)),
            },
            ("Fn::Join", Value::Array(parts)) => match self.elements(parts)?.as_slice() {
                [Value::String(separator), Value::Array(texts)] => {
                    Ok(Some(Value::String(self.texts(name, texts)?.join(separator))))
                }
                _ => Err(malformed(name, argument)),
            },
            ("Fn::Split", Value::Array(parts)) => match self.elements(parts)?.as_slice() {
                [Value::String(separator), Value::String(text)] => {
                    Ok(Some(text.split(separator.as_str()).map(Value::from).collect()))
                }
                _ => Err(malformed(name, argument)),
            },
            ("Fn::Select", Value::Array(parts)) => match self.elements(parts)?.as_slice() {
                [index, Value::Array(from)] => {
                    let index = text(index).and_then(|index| index.parse::<usize>().ok());
                    let selected = index.and_then(|index| from.get(index)).ok_or_else(|| malformed(name, argument))?;
                    Ok(Some(selected.clone()))
                }
                _ => Err(malformed(name, argument)),
            },
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), then, otherwise] => {
                    self.resolve(if self.holds(condition)? { then } else { otherwise })
                }
                _ => Err(malformed(name, argument)),
            },
            ("Ref" | "Fn::GetAtt" | "Fn::Sub" | "Fn::Join" | "Fn::Split" | "Fn::Select" | "Fn::If", _) => {
                Err(malformed(name, argument))
            }
            _ => Err(IntrinsicError::NotUnderstood(name.to_owned())),
        }
    }

    fn reference(&self, name: &str) -> Value {
        self.parameters.get(name).cloned().unwrap_or_else(|| Value::String(format!("${{{name}}}")))
    }

    /// `text` with each `${NAME}` replaced that `own` or a parameter tells.
    fn substitute(&self, text: &str, own: &Map<String, Value>) -> Result<String, IntrinsicError> {
        let unclosed = || malformed("Fn::Sub", &Value::from(text));
        let mut substituted = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(unclosed)?;
            substituted.push_str(before);
            if let Some(value) = own.get(name).or_else(|| self.parameters.get(name)) {
                substituted.push_str(&self::text(value).ok_or_else(|| malformed("Fn::Sub", value))?);
            } else {
                // `${!NAME}` is how `${NAME}` itself is written.
                let name = name.strip_prefix('!').unwrap_or(name);
                substituted.extend(["${", name, "}"]);
            }
            rest = after;
        }
        substituted.push_str(rest);
        Ok(substituted)
    }

    fn texts(&self, function: &str, values: &[Value]) -> Result<Vec<String>, IntrinsicError> {
        let values = self.elements(values)?;
        values.iter().map(|value| text(value).ok_or_else(|| malformed(function, value))).collect()
    }

    /// Whether the condition `name` holds.
    pub fn holds(&self, name: &str) -> Result<bool, IntrinsicError> {
        self.condition(name, &mut vec![])
    }

    fn condition<'n>(&'n self, name: &'n str, asked: &mut Vec<&'n str>) -> Result<bool, IntrinsicError> {
        if asked.contains(&name) {
            return Err(IntrinsicError::Circular(name.to_owned()));
        }
        let condition = self.conditions.get(name).ok_or_else(|| IntrinsicError::NoSuchCondition(name.to_owned()))?;
        asked.push(name);
        let decided = self.decide(condition, asked)?;
        asked.pop();
        Ok(decided)
    }

    fn decide<'n>(&'n self, condition: &'n Value, asked: &mut Vec<&'n str>) -> Result<bool, IntrinsicError> {
        let malformed = || malformed("Conditions", condition);
        let single =
            condition.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
        let (name, argument) = single.ok_or_else(malformed)?;
        match (name.as_str(), argument) {
            ("Condition", Value::String(other)) => self.condition(other, asked),
            ("Fn::Equals", Value::Array(sides)) => match self.texts(name, sides)?.as_slice() {
                [left, right] => match [left, right].into_iter().find(|side| side.contains("${")) {
                    Some(open) => Err(IntrinsicError::Undecided(open.clone())),
                    None => Ok(left == right),
                },
                _ => Err(malformed()),
            },
            ("Fn::Not", Value::Array(parts)) => match parts.as_slice() {
                [part] => Ok(!self.decide(part, asked)?),
                _ => Err(malformed()),
            },
            ("Fn::And" | "Fn::Or", Value::Array(parts)) => {
                let all = name == "Fn::And";
                for part in parts {
                    if self.decide(part, asked)? != all {
                        return Ok(!all);
                    }
                }
                Ok(all)
            }
            _ => Err(IntrinsicError::NotUnderstood(name.clone())),
        }
    }
}

fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(bool) => Some(bool.to_string()),
        Value::Array(parts) => parts.iter().map(text).collect::<Option<Vec<_>>>().map(|parts| parts.join(",")),
        _ => None,
    }
}

fn malformed(function: &str, argument: &Value) -> IntrinsicError {
    IntrinsicError::Malformed(function.to_owned(), argument.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(value: &Value) -> Result<Option<Value>, IntrinsicError> {
        let conditions = json!({
            "WithKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]},
            "Home": {"Fn::And": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}, {"Condition": "WithKey"}]},
            "Open": {"Fn::Equals": [{"Ref": "Unknown"}, ""]},
            "Round": {"Condition": "Round"},
        });
        let parameters = [
            ("Key".to_owned(), json!("")),
            ("AWS::Region".to_owned(), json!("eu-central-1")),
            ("Days".to_owned(), json!(30)),
            ("Origins".to_owned(), json!(["a", "b"])),
        ];
        let resolver = Resolver { parameters: parameters.into(), conditions: conditions.as_object().unwrap() };
        resolver.resolve(value)
    }

    #[test]
    fn every_function_is_plain_text_afterwards() {
        for (function, plain) in [
            (json!({"Ref": "Days"}), json!(30)),
            (json!({"Ref": "Table"}), json!("${Table}")),
            (json!({"Fn::GetAtt": ["Table", "Arn"]}), json!("${Table.Arn}")),
            (json!({"Fn::GetAtt": "Table.Arn"}), json!("${Table.Arn}")),
            (
                json!({"Fn::Sub": "${AWS::Region}/${Table.Arn}/${Days}/${!x}"}),
                json!("eu-central-1/${Table.Arn}/30/${x}"),
            ),
            (json!({"Fn::Sub": ["${a}${b}", {"a": {"Ref": "Days"}, "b": "$"}]}), json!("30$")),
            (json!({"Fn::Join": ["-", ["a", {"Ref": "Days"}, {"Ref": "Table"}]]}), json!("a-30-${Table}")),
            (json!({"Fn::Join": ["-", {"Ref": "Origins"}]}), json!("a-b")),
            (json!({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}), json!("b")),
            (json!({"Fn::If": ["WithKey", "yes", {"Ref": "Days"}]}), json!(30)),
            (json!({"Fn::If": ["Home", "yes", "no"]}), json!("no")),
        ] {
            assert_eq!(resolved(&function), Ok(Some(plain)), "{function}");
        }
    }

    #[test]
    fn no_value_leaves_nothing_behind() {
        let no_value = json!({"Fn::If": ["WithKey", "yes", {"Ref": "AWS::NoValue"}]});
        assert_eq!(resolved(&json!({"a": no_value, "b": [no_value, 1]})), Ok(Some(json!({"b": [1]}))));
    }

    #[test]
    fn what_cannot_be_told_is_never_guessed() {
        for function in [
            json!({"Fn::ImportValue": "x"}),
            json!({"Fn::If": ["Open", 1, 2]}),
            json!({"Fn::If": ["Absent", 1, 2]}),
            json!({"Fn::If": ["Round", 1, 2]}),
            json!({"Fn::Sub": "${open"}),
            json!({"Fn::Select": [2, ["a"]]}),
            json!({"Ref": ["a"]}),
        ] {
            assert!(resolved(&function).is_err(), "{function}");
        }
    }
}
