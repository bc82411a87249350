//! The JSON Schema of a profile's parameters: whether it is one, and whether a launch's
//! values fit it.

use gpuaas_domain::Code;
use gpuaas_domain::profile::{LaunchFault, ManifestFault, Profile, Values};
use jsonschema::Validator;
use serde_json::Value;

/// What is wrong with the schema of a profile's parameters: it is no JSON Schema, it
/// refers to another one, or its own defaults do not fit it.
pub(crate) fn schema_faults(profile: &Profile) -> Vec<ManifestFault> {
    let parameters = &profile.manifest().parameters;
    let place = "parameters.schema";
    if parameters.schema.values().any(refers_elsewhere) {
        let message = "has a $ref; write out what it refers to".to_owned();
        return vec![ManifestFault { path: place.to_owned(), message }];
    }
    let properties = parameters.declared().filter_map(|(name, schema)| {
        let fault = |message: String| ManifestFault { path: format!("{place}.properties.{name}"), message };
        match validator(schema) {
            Err(message) => Some(fault(format!("is no JSON Schema: {message}"))),
            Ok(validator) => {
                let default = schema.get("default")?;
                (!validator.is_valid(default)).then(|| fault("has a default that it does not allow".to_owned()))
            }
        }
    });
    let faults: Vec<ManifestFault> = properties.collect();
    if !faults.is_empty() {
        return faults;
    }
    let whole = validator(&Value::Object(parameters.schema.clone())).err();
    let fault = |message| ManifestFault { path: place.to_owned(), message: format!("is no JSON Schema: {message}") };
    whole.map(fault).into_iter().collect()
}

/// What does not fit the schema of the parameters.
pub(crate) fn misfits(profile: &Profile, values: &Values) -> Vec<LaunchFault> {
    let schema = Value::Object(profile.manifest().parameters.schema.clone());
    let validator = match validator(&schema) {
        Ok(validator) => validator,
        Err(message) => return vec![fault("config".to_owned(), format!("cannot be judged: {message}"))],
    };
    let values = values.to_json();
    validator
        .iter_errors(&values)
        .map(|error| {
            let path = error.instance_path().to_string().replace('/', ".");
            fault(format!("config{path}"), error.to_string())
        })
        .collect()
}

fn fault(field: String, message: String) -> LaunchFault {
    LaunchFault { field, code: Code::ParameterInvalid, message }
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::new(schema).map_err(|error| error.to_string())
}

fn refers_elsewhere(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.keys().any(|key| key == "$ref" || key == "$dynamicRef") || map.values().any(refers_elsewhere)
        }
        Value::Array(list) => list.iter().any(refers_elsewhere),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
