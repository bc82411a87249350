//! The document's component schemas as Rust types.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use super::answered::answered;
use super::rust::{description, doc, identifier, optional, type_name, type_of};

/// Every component, in the document's order.
pub(super) fn write(document: &Value) -> Result<String> {
    let schemas = document["components"]["schemas"].as_object().context("the document has no component schemas")?;
    let answered = answered(document);
    let is_answered = |name: &str| answered.contains(format!("#/components/schemas/{name}").as_str());
    schemas.iter().map(|(name, schema)| component(name, schema, is_answered(name))).collect()
}

fn component(name: &str, schema: &Value, is_answered: bool) -> Result<String> {
    let name = &type_name(name);
    let head = doc("", description(schema), &format!("`{name}` of the API."));
    let definition = match (schema["enum"].as_array(), schema["properties"].as_object()) {
        (Some(words), _) => words_enum(name, words, is_answered)?,
        (None, Some(properties)) => structure(name, properties, &schema["required"]),
        (None, None) => format!("pub type {name} = {};\n\n", type_of(schema)),
    };
    Ok(head + &definition)
}

fn structure(name: &str, properties: &Map<String, Value>, required: &Value) -> String {
    let is_required = |field: &str| required.as_array().is_some_and(|names| names.iter().any(|name| name == field));
    let fields: String = properties.iter().map(|(name, schema)| field(name, schema, is_required(name))).collect();
    let (derived, debug) = if properties.values().any(is_secret) {
        ("", debug_without_secrets(name, properties))
    } else {
        ("Debug, ", String::new())
    };
    format!("#[derive({derived}Clone, PartialEq, Serialize, Deserialize)]\npub struct {name} {{\n{fields}}}\n\n{debug}")
}

/// Whether a value is for nobody to see: what ends in a program's own log is seen by many.
fn is_secret(schema: &Value) -> bool {
    schema["format"] == "password"
}

/// `Debug` that leaves secrets out.
fn debug_without_secrets(name: &str, properties: &Map<String, Value>) -> String {
    let shown = properties.iter().filter(|(_, schema)| !is_secret(schema));
    let shown: String = shown.map(|(name, _)| format!(".field(\"{name}\", &self.{})", identifier(name))).collect();
    format!(
        "/// Without its secrets.
impl std::fmt::Debug for {name} {{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
        f.debug_struct(\"{name}\"){shown}.finish_non_exhaustive()
    }}
}}

"
    )
}

fn field(name: &str, schema: &Value, required: bool) -> String {
    let comment = doc("    ", description(schema), &format!("`{name}`."));
    let identifier = identifier(name);
    let rename = if identifier.trim_start_matches("r#") == name { None } else { Some(format!("rename = \"{name}\"")) };
    // Left out, and not null: a server that refuses null for what may be absent is right.
    let absent = (!required).then(|| "default, skip_serializing_if = \"Option::is_none\"".to_owned());
    let serde: Vec<String> = rename.into_iter().chain(absent).collect();
    let attribute = if serde.is_empty() { String::new() } else { format!("    #[serde({})]\n", serde.join(", ")) };
    let kind = if required { type_of(schema) } else { optional(type_of(schema)) };
    format!("{comment}{attribute}    pub {identifier}: {kind},\n")
}

/// Words of answers, to which a later server may add: then there is a variant for what is not known. It is written as
/// a word that no server takes.
fn words_enum(name: &str, words: &[Value], is_answered: bool) -> Result<String> {
    const UNKNOWN: (&str, &str) = ("Unknown", "unknown");
    let words: Vec<(String, &str)> = words.iter().filter_map(Value::as_str).map(|w| (type_name(w), w)).collect();
    let each = |line: fn(&str, &str) -> String| -> String { words.iter().map(|(name, w)| line(name, w)).collect() };
    let mut variants = each(|name, word| format!("/// `{word}`\n#[serde(rename = \"{word}\")]\n{name},\n"));
    let all = each(|name, _| format!("Self::{name},"));
    let mut arms = each(|name, word| format!("Self::{name} => \"{word}\",\n"));
    if is_answered {
        let (variant, word) = UNKNOWN;
        let is_free = words.iter().all(|(name, _)| name != variant);
        ensure!(is_free, "{name} has the word {word}, which is kept for what a client does not know");
        variants += &format!(
            "/// A word that this client does not know. No server takes it.\n#[serde(other, rename = \"{word}\")]\n{variant},\n"
        );
        arms += &format!("Self::{variant} => \"{word}\",\n");
    }
    Ok(format!(
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum {name} {{
{variants}}}

impl {name} {{
    /// Every word that this client knows.
    pub const ALL: &'static [Self] = &[{all}];

    /// The word, as the API has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {{
        match self {{
{arms}        }}
    }}
}}

impl std::fmt::Display for {name} {{
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
        f.pad(self.as_str())
    }}
}}

"
    ))
}
