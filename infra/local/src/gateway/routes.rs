//! Which function answers a request: API Gateway's route keys and their order of precedence.

use std::collections::BTreeMap;
use std::fmt;

use crate::failure::{Failure, Result};

/// A route key such as `DELETE /v1/auth/sessions/{id}` or `$default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteKey {
    /// `None` is `ANY`.
    method: Option<String>,
    /// `None` is `$default`.
    path: Option<Vec<Segment>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    /// `{name+}`: the rest of the path.
    Greedy(String),
}

/// A route that fits a request.
#[derive(Debug, PartialEq)]
pub struct Match<'a> {
    /// The route key as in the template.
    pub key: &'a RouteKey,
    /// The function to call.
    pub function: &'a str,
    /// The values of the path's parameters, decoded.
    pub parameters: BTreeMap<String, String>,
}

impl RouteKey {
    /// Reads a route key. One that ends in a slash is none: API Gateway is not known to take it.
    pub fn parse(key: &str) -> Result<Self> {
        if key == "$default" {
            return Ok(Self { method: None, path: None });
        }
        let (method, path) = key
            .split_once(' ')
            .filter(|(_, path)| path.starts_with('/') && (*path == "/" || !path.ends_with('/')))
            .ok_or_else(|| Failure::new(format!("{key} is not a route key")))?;
        let path = path.split('/').skip(1).map(Segment::parse).collect();
        Ok(Self { method: Some(method.to_owned()).filter(|method| method != "ANY"), path: Some(path) })
    }

    fn parameters(&self, method: &str, path: &[String]) -> Option<BTreeMap<String, String>> {
        if self.method.as_ref().is_some_and(|own| own != method) {
            return None;
        }
        let mut parameters = BTreeMap::new();
        let Some(segments) = &self.path else {
            return Some(parameters);
        };
        let mut rest = path;
        for segment in segments {
            let (first, others) = rest.split_first()?;
            rest = others;
            match segment {
                Segment::Literal(literal) if literal == first => {}
                Segment::Parameter(name) if !first.is_empty() => {
                    parameters.insert(name.clone(), first.clone());
                }
                Segment::Greedy(name) if !first.is_empty() || !others.is_empty() => {
                    let value = std::iter::once(first).chain(others).cloned().collect::<Vec<_>>().join("/");
                    parameters.insert(name.clone(), value);
                    rest = &[];
                }
                _ => return None,
            }
        }
        rest.is_empty().then_some(parameters)
    }

    /// Literal segments before parameters before the rest of a path before `$default`; a method before `ANY`.
    fn precedence(&self) -> (Vec<u8>, bool) {
        let segments = self.path.as_ref().map_or(vec![3], |segments| {
            segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(_) => 0,
                    Segment::Parameter(_) => 1,
                    Segment::Greedy(_) => 2,
                })
                .collect()
        });
        (segments, self.method.is_none())
    }
}

impl Segment {
    fn parse(segment: &str) -> Self {
        match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(inner) => match inner.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(inner.to_owned()),
            },
            None => Self::Literal(segment.to_owned()),
        }
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return f.write_str("$default");
        };
        write!(f, "{} ", self.method.as_deref().unwrap_or("ANY"))?;
        for segment in path {
            match segment {
                Segment::Literal(literal) => write!(f, "/{literal}")?,
                Segment::Parameter(name) => write!(f, "/{{{name}}}")?,
                Segment::Greedy(name) => write!(f, "/{{{name}+}}")?,
            }
        }
        Ok(())
    }
}

/// The routes of an API.
pub struct Routes(Vec<(RouteKey, String)>);

impl Routes {
    /// Sorts the routes by precedence.
    pub fn new(mut routes: Vec<(RouteKey, String)>) -> Self {
        routes.sort_by_key(|(key, _)| key.precedence());
        Self(routes)
    }

    /// The route for a method and a path as it stood in the request line.
    pub fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        let segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
        self.0
            .iter()
            .find_map(|(key, function)| Some(Match { key, function, parameters: key.parameters(method, &segments)? }))
    }
}

/// Undoes percent-encoding; bytes that are no UTF-8 become the replacement character.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let decoded = others
            .get(..2)
            .filter(|digits| first == b'%' && digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &others[2..] } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        Routes::new(keys.iter().map(|key| (RouteKey::parse(key).unwrap(), (*key).to_owned())).collect())
    }

    fn found(keys: &[&str], method: &str, path: &str) -> Option<String> {
        routes(keys).find(method, path).map(|found| found.function.to_owned())
    }

    #[test]
    fn a_literal_route_wins_over_a_templated_one() {
        let keys = ["POST /auth/{type}/{provider}", "POST /auth/{type}/accept", "POST /auth/user/accept"];
        assert_eq!(found(&keys, "POST", "/auth/user/accept").unwrap(), "POST /auth/user/accept");
        assert_eq!(found(&keys, "POST", "/auth/admin/accept").unwrap(), "POST /auth/{type}/accept");
        assert_eq!(found(&keys, "POST", "/auth/admin/google").unwrap(), "POST /auth/{type}/{provider}");
    }

    #[test]
    fn a_method_wins_over_any_and_any_over_default() {
        let keys = ["ANY /a", "GET /a", "$default"];
        assert_eq!(found(&keys, "GET", "/a").unwrap(), "GET /a");
        assert_eq!(found(&keys, "POST", "/a").unwrap(), "ANY /a");
        assert_eq!(found(&keys, "POST", "/b").unwrap(), "$default");
    }

    #[test]
    fn another_method_or_a_trailing_slash_finds_nothing() {
        assert_eq!(found(&["GET /a/b"], "HEAD", "/a/b"), None);
        assert_eq!(found(&["GET /a/b"], "GET", "/a/b/"), None);
        assert_eq!(found(&["GET /a/{id}"], "GET", "/a/"), None);
    }

    #[test]
    fn no_route_key_ends_in_a_slash_but_that_of_the_root() {
        assert_eq!(RouteKey::parse("GET /a/").unwrap_err().to_string(), "GET /a/ is not a route key");
        assert_eq!(found(&["GET /"], "GET", "/").unwrap(), "GET /");
    }

    #[test]
    fn path_parameters_arrive_decoded() {
        let routes = routes(&["DELETE /sessions/{id}", "GET /files/{rest+}"]);
        assert_eq!(routes.find("DELETE", "/sessions/ses%5F1").unwrap().parameters["id"], "ses_1");
        assert_eq!(routes.find("GET", "/files/a/b").unwrap().parameters["rest"], "a/b");
        assert_eq!(routes.find("GET", "/files/a/").unwrap().parameters["rest"], "a/");
        assert_eq!(routes.find("GET", "/files/"), None);
    }

    #[test]
    fn a_broken_escape_stays_as_it_is() {
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("a%20b"), "a b");
    }
}
