//! The document's operations as methods of the client.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::rust::{description, doc, identifier, optional, type_name, type_of};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const AS_OF: &str = "as_of";
/// Query parameters that the client has for all operations.
const SHARED: [Option<&str>; 2] = [Some("dry_run"), Some(AS_OF)];

/// Every operation that answers JSON or a stream of events, in the document's order.
pub(super) fn write(document: &Value) -> Result<String> {
    let paths = document["paths"].as_object().context("the document has no paths")?;
    let mut queries = String::new();
    let mut methods = String::new();
    for (path, item) in paths {
        for method in METHODS {
            let Some(described) = item.get(method) else { continue };
            let operation = Operation::read(document, path, method, described)
                .with_context(|| format!("cannot make a method of {method} {path}"))?;
            // What answers something else (a page, figures) is not for programs of this kind.
            let Some(written) = operation.method() else { continue };
            queries.push_str(&operation.query_struct());
            methods.push_str(&written);
        }
    }
    Ok(format!("{queries}impl Client {{\n{methods}}}\n"))
}

struct Operation<'d> {
    id: &'d str,
    path: &'d str,
    method: &'d str,
    summary: Option<&'d str>,
    path_parameters: Vec<&'d str>,
    query_parameters: Vec<&'d Value>,
    /// Whether it can be asked about the past.
    takes_as_of: bool,
    body: Option<String>,
    answer: Answer,
}

/// What an operation answers when it succeeds.
enum Answer {
    /// JSON of this type.
    Json(String),
    /// Server-sent events.
    Events,
    /// Something else.
    Other,
}

impl Answer {
    fn of(responses: &Map<String, Value>) -> Self {
        // What follows is no answer, but another protocol.
        if responses.contains_key("101") {
            return Self::Other;
        }
        let good = responses.iter().filter(|(status, _)| status.starts_with('2'));
        let mut contents = good.filter_map(|(_, response)| response["content"].as_object()).peekable();
        if contents.peek().is_none() {
            return Self::Json("()".to_owned());
        }
        // A status that only dry runs have answers nothing that its operation is called for.
        contents
            .find_map(|content| match content.get(JSON) {
                Some(json) => Some(Self::Json(type_of(&json["schema"]))),
                None => content.contains_key(EVENTS).then_some(Self::Events),
            })
            .unwrap_or(Self::Other)
    }
}

impl<'d> Operation<'d> {
    fn read(document: &'d Value, path: &'d str, method: &'d str, described: &'d Value) -> Result<Self> {
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&Value> = parameters.map(|each| referred(document, each)).collect::<Result<_>>()?;
        let within = |place: &'static str| parameters.iter().copied().filter(move |parameter| parameter["in"] == place);
        Ok(Self {
            id: described["operationId"].as_str().context("it has no operationId")?,
            path,
            method,
            summary: described["summary"].as_str().or(described["description"].as_str()),
            path_parameters: within("path").filter_map(|parameter| parameter["name"].as_str()).collect(),
            // Every mutation can be tried, and every single resource read as it was: the client says so.
            query_parameters: within("query")
                .filter(|parameter| !SHARED.contains(&parameter["name"].as_str()))
                .collect(),
            takes_as_of: within("query").any(|parameter| parameter["name"] == AS_OF),
            body: described["requestBody"]["content"][JSON].get("schema").map(type_of),
            answer: Answer::of(described["responses"].as_object().context("it has no responses")?),
        })
    }

    fn query_name(&self) -> Option<String> {
        (!self.query_parameters.is_empty()).then(|| format!("{}Query", type_name(self.id)))
    }

    /// The parameters of a query, all optional.
    fn query_struct(&self) -> String {
        let Some(name) = self.query_name() else { return String::new() };
        let fields: String = self.query_parameters.iter().map(|parameter| query_field(parameter)).collect();
        let id = self.id;
        format!(
            "/// What can be asked of `{id}`.\n#[derive(Debug, Clone, Default, Serialize)]\npub struct {name} {{\n{fields}}}\n\n"
        )
    }

    /// The method, or nothing where the answer is neither JSON nor events.
    fn method(&self) -> Option<String> {
        let path: String = self.path_parameters.iter().map(|name| format!(", {}: &str", identifier(name))).collect();
        let (asynchronous, result, rest, call) = match &self.answer {
            Answer::Other => return None,
            Answer::Events => ("", "Events".to_owned(), self.query_argument(), self.events_call()),
            Answer::Json(kind) => {
                let (rest, call) =
                    if self.method == "get" { (self.query_argument(), self.read_call()) } else { self.mutation() };
                ("async ", format!("Result<Answer<{kind}>, Error>"), rest, call)
            }
        };
        let name = identifier(self.id);
        let comment = doc("    ", self.summary, &format!("`{} {}`", self.method.to_uppercase(), self.path));
        Some(format!("{comment}    pub {asynchronous}fn {name}(&self{path}{rest}) -> {result} {{\n{call}\n}}\n\n"))
    }

    fn query_argument(&self) -> String {
        self.query_name().map_or_else(String::new, |name| format!(", query: &{name}"))
    }

    fn query_value(&self) -> &'static str {
        if self.query_parameters.is_empty() { "Query::<()>::none()" } else { "Query::some(query)" }
    }

    fn read_call(&self) -> String {
        let read = if self.takes_as_of { "read_one" } else { "read" };
        format!("self.{read}({}, {}).await", self.path_expression(), self.query_value())
    }

    fn events_call(&self) -> String {
        format!("self.events({}, {})", self.path_expression(), self.query_value())
    }

    /// The last arguments of a mutation, and its call.
    fn mutation(&self) -> (String, String) {
        let (argument, value) = match &self.body {
            Some(kind) => (format!(", body: &{kind}"), "Some(body)"),
            None => (String::new(), "None::<&()>"),
        };
        let (method, path) = (self.method.to_uppercase(), self.path_expression());
        let call = format!("self.mutate(reqwest::Method::{method}, {path}, {value}, mutation).await");
        (argument + ", mutation: &Mutation", call)
    }

    /// The path with its parameters in place.
    fn path_expression(&self) -> String {
        if self.path_parameters.is_empty() {
            return format!("\"{}\".to_owned()", self.path);
        }
        let template = self
            .path_parameters
            .iter()
            .fold(self.path.to_owned(), |template, name| template.replace(&format!("{{{name}}}"), "{}"));
        let values: Vec<String> =
            self.path_parameters.iter().map(|name| format!("segment({})", identifier(name))).collect();
        format!("format!(\"{template}\", {})", values.join(", "))
    }
}

/// What stands in another place of the document, if it is only referred to.
fn referred<'d>(document: &'d Value, value: &'d Value) -> Result<&'d Value> {
    let Some(reference) = value["$ref"].as_str() else { return Ok(value) };
    let place = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    place.with_context(|| format!("there is no {reference}"))
}

fn query_field(parameter: &Value) -> String {
    let name = parameter["name"].as_str().unwrap_or_default();
    let comment = doc("    ", description(parameter), &format!("`{name}`."));
    let kind = optional(type_of(&parameter["schema"]));
    format!("{comment}#[serde(skip_serializing_if = \"Option::is_none\")]\npub {}: {kind},\n", identifier(name))
}
