//! How an offline check ends: exit status 0 for what is good, 1 for what is not, 2 for what
//! could not be checked.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

/// What was found good.
#[derive(Debug)]
pub(super) struct Good {
    /// In a sentence.
    pub(super) sentence: String,
    /// One by one.
    pub(super) facts: Vec<(&'static str, Value)>,
}

/// What was found not to be good.
#[derive(Debug)]
pub(super) struct Fault {
    kind: &'static str,
    message: String,
}

impl Fault {
    /// A fault of a kind, in a sentence.
    pub(super) fn new(kind: &'static str, message: impl ToString) -> Self {
        Self { kind, message: message.to_string() }
    }
}

/// Says what was found; an error means that it could not be checked.
pub(super) fn end(command: &str, json: bool, outcome: anyhow::Result<Result<Good, Fault>>) -> ExitCode {
    match outcome {
        Ok(Ok(good)) => {
            if json {
                println!("{}", good_json(good))
            } else {
                print_good(&good)
            }
            ExitCode::SUCCESS
        }
        Ok(Err(Fault { kind, message })) => {
            if json {
                println!("{}", json!({"good": false, "kind": kind, "message": message}));
            } else {
                println!("FAULT  {kind}\n{message}");
            }
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("gpuaas audit {command}: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn print_good(good: &Good) {
    println!("GOOD  {}", good.sentence);
    for (name, value) in &good.facts {
        match value {
            Value::String(text) => println!("{name:<10}  {text}"),
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).for_each(|item| println!("{name:<10}  {item}"));
            }
            other => println!("{name:<10}  {other}"),
        }
    }
}

fn good_json(Good { sentence, facts }: Good) -> Value {
    let facts = facts.into_iter().map(|(name, value)| (name.replace(' ', "_"), value));
    let fields: Map<String, Value> =
        [("good".to_owned(), json!(true)), ("message".to_owned(), json!(sentence))].into_iter().chain(facts).collect();
    fields.into()
}
