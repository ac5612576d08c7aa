//! The bounds that the template sets to its parameters, as CloudFormation holds a deployment to them.

use regex_lite::Regex;
use serde_json::Value;

/// Refuses `value` for a parameter that does not take it; the text goes on from "it takes".
pub fn check(parameter: &Value, value: &str) -> Result<(), String> {
    let is_of = |list: &Vec<Value>| list.iter().any(|allowed| written(allowed) == value);
    if let Some(list) = parameter["AllowedValues"].as_array().filter(|list| !is_of(list)) {
        return Err(format!("one of {}", list.iter().map(written).collect::<Vec<_>>().join(", ")));
    }
    if let Some(pattern) = parameter["AllowedPattern"].as_str() {
        let whole = Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string())?;
        if !whole.is_match(value) {
            return Err(format!("what matches {pattern}"));
        }
    }
    if parameter["Type"] == "Number" {
        let number: f64 = value.parse().map_err(|_| "a number".to_owned())?;
        bound(parameter, "MinValue", "and more", |least| number >= least)?;
        bound(parameter, "MaxValue", "and less", |most| number <= most)?;
    }
    let length = f64::from(u32::try_from(value.chars().count()).unwrap_or(u32::MAX));
    bound(parameter, "MinLength", "and more characters", |least| length >= least)?;
    bound(parameter, "MaxLength", "and fewer characters", |most| length <= most)
}

fn bound(parameter: &Value, name: &str, side: &str, holds: impl Fn(f64) -> bool) -> Result<(), String> {
    match number(&parameter[name]).filter(|limit| !holds(*limit)) {
        Some(limit) => Err(format!("{limit} {side}")),
        None => Ok(()),
    }
}

/// A value of the template as one would type it.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A number, however it is written.
pub fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_outside_of_the_bounds_is_refused_with_the_bound() {
        let number = json!({"Type": "Number", "MinValue": 60, "MaxValue": 3600});
        let text = json!({"Type": "String", "AllowedPattern": "[a-z]+|", "MinLength": 1, "MaxLength": 3});
        let choice = json!({"Type": "Number", "AllowedValues": [1, 3]});
        for (parameter, value, expected) in [
            (&number, "59", Err("60 and more")),
            (&number, "60", Ok(())),
            (&number, "3600", Ok(())),
            (&number, "3601", Err("3600 and less")),
            (&number, "soon", Err("a number")),
            (&text, "abc", Ok(())),
            (&text, "Abc", Err("what matches [a-z]+|")),
            (&text, "abcd", Err("3 and fewer characters")),
            (&text, "", Err("1 and more characters")),
            (&choice, "3", Ok(())),
            (&choice, "2", Err("one of 1, 3")),
        ] {
            assert_eq!(check(parameter, value), expected.map_err(str::to_owned), "{value} for {parameter}");
        }
    }
}
