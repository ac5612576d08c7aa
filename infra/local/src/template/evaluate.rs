//! CloudFormation's intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use crate::failure::{Failure, Result};

/// Reads YAML with CloudFormation's short tags into JSON with its long names: `!Ref X` becomes `{"Ref": "X"}`.
pub fn parse(yaml: &str) -> Result<Value> {
    let yaml: Yaml = serde_yaml_ng::from_str(yaml).map_err(|error| Failure::new(error.to_string()))?;
    to_json(yaml)
}

fn to_json(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => value.into(),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.into(),
            (None, Some(float)) => float.into(),
            (None, None) => return Err(Failure::new(format!("{number} is out of range"))),
        },
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect::<Result<_>>()?,
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, value) in mapping {
                let key = match key {
                    Yaml::String(key) => key,
                    Yaml::Number(key) => key.to_string(),
                    other => return Err(Failure::new(format!("{other:?} is not a key"))),
                };
                object.insert(key, to_json(value)?);
            }
            object.into()
        }
        Yaml::Tagged(tagged) => {
            let name = tagged.tag.to_string();
            let name = name.trim_start_matches('!');
            let mut argument = to_json(tagged.value)?;
            if name == "GetAtt"
                && let Some((resource, attribute)) = argument.as_str().and_then(|dotted| dotted.split_once('.'))
            {
                argument = Value::from(vec![resource, attribute]);
            }
            let name = match name {
                "Ref" | "Condition" => name.to_owned(),
                _ => format!("Fn::{name}"),
            };
            Map::from_iter([(name, argument)]).into()
        }
    })
}

/// What the functions refer to.
#[derive(Default)]
pub struct Evaluator {
    /// What `Ref` gives: parameters, pseudo parameters and resources.
    pub references: BTreeMap<String, Value>,
    /// What `Fn::GetAtt` gives, by `Resource.Attribute`.
    pub attributes: BTreeMap<String, String>,
    /// The template's conditions, unevaluated.
    pub conditions: Map<String, Value>,
    /// The template's mappings.
    pub mappings: Value,
}

/// How deep conditions may refer to conditions, so that a circle ends.
const MAX_CONDITION_DEPTH: usize = 32;

impl Evaluator {
    /// The value with every intrinsic function replaced by its result; `AWS::NoValue` leaves its key or element out.
    pub fn value(&self, value: &Value) -> Result<Value> {
        Ok(self.evaluate(value, 0)?.unwrap_or(Value::Null))
    }

    /// As [`Evaluator::value`], for a place that takes a string, number or boolean.
    pub fn text(&self, value: &Value) -> Result<String> {
        scalar(&self.value(value)?)
    }

    /// Whether a condition of the template holds.
    pub fn condition(&self, name: &str) -> Result<bool> {
        self.named_condition(name, 0)
    }

    fn named_condition(&self, name: &str, depth: usize) -> Result<bool> {
        if depth > MAX_CONDITION_DEPTH {
            return Err(Failure::new(format!("condition {name} refers to itself")));
        }
        let condition =
            self.conditions.get(name).ok_or_else(|| Failure::new(format!("there is no condition {name}")))?;
        self.truth(condition, depth + 1)
    }

    fn truth(&self, value: &Value, depth: usize) -> Result<bool> {
        match self.evaluate(value, depth)? {
            Some(Value::Bool(truth)) => Ok(truth),
            other => Err(Failure::new(format!("{} is not a condition", other.unwrap_or(Value::Null)))),
        }
    }

    /// `None` is `AWS::NoValue`.
    fn evaluate(&self, value: &Value, depth: usize) -> Result<Option<Value>> {
        match value {
            Value::Object(object) => {
                if let Some((name, argument)) = object.iter().next()
                    && object.len() == 1
                    && (name == "Ref" || name == "Condition" && argument.is_string() || name.starts_with("Fn::"))
                {
                    return self.function(name, argument, depth);
                }
                let mut result = Map::new();
                for (key, value) in object {
                    if let Some(value) = self.evaluate(value, depth)? {
                        result.insert(key.clone(), value);
                    }
                }
                Ok(Some(result.into()))
            }
            Value::Array(items) => {
                let mut result = Vec::new();
                for item in items {
                    result.extend(self.evaluate(item, depth)?);
                }
                Ok(Some(result.into()))
            }
            other => Ok(Some(other.clone())),
        }
    }

    fn function(&self, name: &str, argument: &Value, depth: usize) -> Result<Option<Value>> {
        let wrong = || Failure::new(format!("{name} does not take {argument}"));
        let arguments = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        let evaluated = |value: &Value| Ok::<_, Failure>(self.evaluate(value, depth)?.unwrap_or(Value::Null));
        Ok(Some(match (name, arguments()) {
            ("Ref", _) => match argument.as_str().ok_or_else(wrong)? {
                "AWS::NoValue" => return Ok(None),
                name => self.reference(name)?,
            },
            ("Condition", _) => self.named_condition(argument.as_str().ok_or_else(wrong)?, depth)?.into(),
            ("Fn::GetAtt", [resource, attribute]) => {
                self.attribute(&format!("{}.{}", scalar(resource)?, scalar(&evaluated(attribute)?)?))?.into()
            }
            ("Fn::If", [condition, yes, no]) => {
                let holds = self.named_condition(condition.as_str().ok_or_else(wrong)?, depth)?;
                return self.evaluate(if holds { yes } else { no }, depth);
            }
            ("Fn::Equals", [left, right]) => (scalar(&evaluated(left)?)? == scalar(&evaluated(right)?)?).into(),
            ("Fn::Not", [condition]) => (!self.truth(condition, depth)?).into(),
            ("Fn::And", conditions @ [_, ..]) => {
                conditions.iter().try_fold(true, |all, one| Ok(self.truth(one, depth)? && all))?.into()
            }
            ("Fn::Or", conditions @ [_, ..]) => {
                conditions.iter().try_fold(false, |any, one| Ok(self.truth(one, depth)? || any))?.into()
            }
            ("Fn::Join", [separator, list]) => {
                let list = evaluated(list)?;
                let parts = list.as_array().ok_or_else(wrong)?.iter().map(scalar).collect::<Result<Vec<_>>>()?;
                parts.join(&scalar(separator)?).into()
            }
            ("Fn::Split", [separator, text]) => {
                scalar(&evaluated(text)?)?.split(&scalar(separator)?).map(Value::from).collect()
            }
            ("Fn::Select", [index, list]) => {
                let index: usize = scalar(&evaluated(index)?)?.parse().map_err(|_| wrong())?;
                evaluated(list)?.get(index).cloned().ok_or_else(wrong)?
            }
            ("Fn::FindInMap", [map, first, second]) => {
                let (map, first, second) = (evaluated(map)?, evaluated(first)?, evaluated(second)?);
                self.mappings[scalar(&map)?][scalar(&first)?].get(scalar(&second)?).cloned().ok_or_else(wrong)?
            }
            ("Fn::Sub", [text, variables]) => {
                let variables = evaluated(variables)?;
                self.substitute(text.as_str().ok_or_else(wrong)?, variables.as_object().ok_or_else(wrong)?)?.into()
            }
            ("Fn::Sub", _) => self.substitute(argument.as_str().ok_or_else(wrong)?, &Map::new())?.into(),
            _ => return Err(Failure::new(format!("{name} of {argument} is not known here"))),
        }))
    }

    /// `${Name}`, `${Resource.Attribute}` and `${!literal}`.
    fn substitute(&self, text: &str, variables: &Map<String, Value>) -> Result<String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) =
                after.split_once('}').ok_or_else(|| Failure::new(format!("{text} lacks a closing brace")))?;
            result.push_str(before);
            match (name.strip_prefix('!'), variables.get(name)) {
                (Some(literal), _) => result.push_str(&format!("${{{literal}}}")),
                (None, Some(value)) => result.push_str(&scalar(value)?),
                (None, None) if name.contains('.') => result.push_str(self.attribute(name)?),
                (None, None) => result.push_str(&scalar(&self.reference(name)?)?),
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn reference(&self, name: &str) -> Result<Value> {
        self.references.get(name).cloned().ok_or_else(|| Failure::new(format!("!Ref {name} refers to nothing")))
    }

    fn attribute(&self, dotted: &str) -> Result<&str> {
        self.attributes
            .get(dotted)
            .map(String::as_str)
            .ok_or_else(|| Failure::new(format!("!GetAtt {dotted} is not known here")))
    }
}

/// A string, number or boolean as CloudFormation would write it into a string.
fn scalar(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        other => Err(Failure::new(format!("{other} stands where one value belongs"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(yaml: &str) -> Result<Value> {
        let conditions = parse(
            "HasUrl: !Not [!Equals [!Ref Url, '']]\nBoth: !And [!Condition HasUrl, !Condition Yes]\nYes: !Equals [a, a]\nLoop: !Condition Loop",
        )?;
        let evaluator = Evaluator {
            references: BTreeMap::from([("Url".into(), json!("http://x")), ("List".into(), json!(["a", "b"]))]),
            attributes: BTreeMap::from([("Api.ApiEndpoint".into(), "https://api".into())]),
            conditions: conditions.as_object().cloned().unwrap(),
            mappings: json!({"Sizes": {"small": {"memory": 128}}}),
        };
        evaluator.value(&parse(yaml)?)
    }

    #[test]
    fn short_tags_and_long_names_mean_the_same() {
        assert_eq!(evaluate("!Ref Url").unwrap(), evaluate("Ref: Url").unwrap());
        assert_eq!(evaluate("!GetAtt Api.ApiEndpoint").unwrap(), evaluate("Fn::GetAtt: [Api, ApiEndpoint]").unwrap());
    }

    #[test]
    fn sub_takes_references_attributes_variables_and_literals() {
        assert_eq!(evaluate("!Sub '${Url}/${Api.ApiEndpoint}/${!Kept}'").unwrap(), "http://x/https://api/${Kept}");
        assert_eq!(evaluate("!Sub ['${A}-${Url}', {A: !Ref Url}]").unwrap(), "http://x-http://x");
        assert!(evaluate("!Sub '${Url'").is_err());
    }

    #[test]
    fn if_follows_its_condition() {
        assert_eq!(evaluate("!If [HasUrl, !Ref Url, none]").unwrap(), "http://x");
        assert_eq!(evaluate("!If [Both, 1, 2]").unwrap(), 1);
        assert!(evaluate("!If [Missing, 1, 2]").is_err());
    }

    #[test]
    fn a_circle_of_conditions_ends() {
        assert_eq!(evaluate("!If [Loop, 1, 2]").unwrap_err().to_string(), "condition Loop refers to itself");
    }

    #[test]
    fn no_value_leaves_its_key_out() {
        assert_eq!(
            evaluate("{A: !If [Yes, !Ref AWS::NoValue, 1], B: [1, !Ref AWS::NoValue]}").unwrap(),
            json!({"B": [1]})
        );
    }

    #[test]
    fn lists_join_split_and_select() {
        assert_eq!(evaluate("!Join ['+', !Ref List]").unwrap(), "a+b");
        assert_eq!(evaluate("!Select [1, !Split [',', 'x,y']]").unwrap(), "y");
        assert_eq!(evaluate("!FindInMap [Sizes, small, memory]").unwrap(), 128);
    }

    #[test]
    fn the_address_of_a_sender_is_found_with_and_without_a_name() {
        for sender in ["Example <sign-in@example.org>", "<sign-in@example.org>", "sign-in@example.org"] {
            let twice = format!("!Sub ['${{From}}<${{From}}', {{From: '{sender}'}}]");
            let address = format!("!Select [0, !Split ['>', !Select [1, !Split ['<', {twice}]]]]");
            assert_eq!(evaluate(&address).unwrap(), "sign-in@example.org", "{sender}");
        }
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        assert_eq!(evaluate("!Ref Nothing").unwrap_err().to_string(), "!Ref Nothing refers to nothing");
        assert!(evaluate("!ImportValue x").is_err());
    }
}
