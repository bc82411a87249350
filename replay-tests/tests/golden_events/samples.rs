//! Payloads that an event's own JSON Schema allows.

use gpuaas_domain::{Kind, SchemaEntry};
use gpuaas_log::encoding::Writer;
use serde_json::Value;

/// As many as the most that there is to choose from anywhere in the event, absent values
/// among it: so that each choice is in one of them.
pub(super) fn of(kind: Kind, entry: &SchemaEntry) -> Vec<Vec<u8>> {
    let root = Value::from((entry.json_schema)());
    let (mut samples, mut most) = (Vec::new(), 1);
    while samples.len() < most {
        let mut sampler = Sampler { root: &root, round: samples.len(), most, writer: Writer::default() };
        sampler.value(&root, "");
        most = sampler.most;
        // A schema has its properties in whatever order; an event has one.
        samples.push(super::write(&super::read(kind, entry, &sampler.writer.into_bytes())));
    }
    samples
}

struct Sampler<'s> {
    root: &'s Value,
    /// Which of the choices is made, everywhere.
    round: usize,
    /// The most choices that were met.
    most: usize,
    writer: Writer,
}

impl<'s> Sampler<'s> {
    fn choose<T>(&mut self, choices: &'s [T]) -> &'s T {
        self.most = self.most.max(choices.len());
        &choices[self.round % choices.len()]
    }

    fn value(&mut self, schema: &'s Value, name: &str) {
        if let Some(path) = schema["$ref"].as_str() {
            return self.value(self.root.pointer(path.trim_start_matches('#')).unwrap(), name);
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let chosen = self.choose(choices);
                return self.value(chosen, name);
            }
        }
        if let Some(word) = schema.get("const") {
            return self.writer.str(word.as_str().unwrap());
        }
        if let Some(words) = schema["enum"].as_array() {
            let word = self.choose(words);
            return self.word(word);
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.choose(kinds).as_str(),
            kind => kind.as_str(),
        };
        match kind.unwrap_or_else(|| panic!("{name} may be anything: {schema}")) {
            "null" => self.writer.nil(),
            "boolean" => self.writer.bool(self.round.is_multiple_of(2)),
            "integer" => self.writer.uint(largest(schema)),
            "string" => self.string(schema, name),
            "array" => self.array(schema, name),
            "object" => self.object(schema),
            other => panic!("no sample for {other} of {name}: {schema}"),
        }
    }

    fn word(&mut self, word: &Value) {
        match word.as_str() {
            Some(word) => self.writer.str(word),
            None => self.writer.nil(),
        }
    }

    fn string(&mut self, schema: &Value, name: &str) {
        if schema["contentEncoding"] == "base64" {
            let bytes: Vec<u8> = (1..=size(schema)).collect();
            return self.writer.bin(&bytes);
        }
        let text = match (&schema["examples"][0], &schema["pattern"]) {
            (Value::String(example), _) => example.clone(),
            (_, Value::String(pattern)) if pattern.contains("sha256:") => format!("sha256:{}", "ab".repeat(32)),
            (_, Value::String(_)) => "1.5".to_owned(),
            _ => format!("{name} \u{2713}"),
        };
        self.writer.str(&text);
    }

    fn array(&mut self, schema: &'s Value, name: &str) {
        if let Some(items) = schema["prefixItems"].as_array() {
            self.writer.array(items.len());
            return items.iter().for_each(|item| self.value(item, name));
        }
        self.writer.array(1);
        self.value(&schema["items"], name);
    }

    fn object(&mut self, schema: &'s Value) {
        if let Some(properties) = schema["properties"].as_object() {
            self.writer.map(properties.len());
            for (name, property) in properties {
                self.writer.str(name);
                self.value(property, name);
            }
        } else if schema["additionalProperties"].is_object() {
            self.writer.map(1);
            self.writer.str("key");
            self.value(&schema["additionalProperties"], "value");
        } else {
            self.writer.map(0);
        }
    }
}

/// The bytes of a base64 text of the schema's length.
fn size(schema: &Value) -> u8 {
    match schema["minLength"].as_u64() {
        None => 7,
        Some(24) => 16,
        Some(44) => 32,
        Some(88) => 64,
        Some(other) => panic!("how many bytes are {other} characters of base64? {schema}"),
    }
}

/// What an integer of this schema holds, and a time of our years at most.
fn largest(schema: &Value) -> u64 {
    let of_format = match schema["format"].as_str() {
        Some("uint8") => u8::MAX.into(),
        Some("uint16") => u16::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        _ => 1_795_000_000_000_000,
    };
    schema["maximum"].as_u64().map_or(of_format, |maximum| maximum.min(of_format))
}
