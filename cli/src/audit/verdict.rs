//! How an offline check ends: exit status 0 for what is good, 1 for what is not, 2 for what
//! could not be checked.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

/// What was found good.
#[derive(Debug)]
pub(crate) struct Good {
    /// In a sentence.
    pub(crate) sentence: String,
    /// One by one.
    pub(crate) facts: Vec<(&'static str, Value)>,
}

/// What was found not to be good.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The kind's stable name.
    pub(crate) kind: &'static str,
    /// At which entry of the log, where it is told for programs.
    pub(crate) position: Option<u64>,
    /// In a sentence.
    pub(crate) message: String,
}

impl Fault {
    /// A fault of a kind, in a sentence.
    pub(crate) fn new(kind: &'static str, message: impl ToString) -> Self {
        Self { kind, position: None, message: message.to_string() }
    }

    /// The same, at an entry of the log.
    pub(crate) fn at(self, position: impl Into<Option<u64>>) -> Self {
        Self { position: position.into(), ..self }
    }

    fn json(&self) -> Value {
        let mut said = json!({"good": false, "kind": self.kind, "message": self.message});
        if let Some(position) = self.position {
            said["position"] = json!(position);
        }
        said
    }
}

/// Says what a command found; an error means that it could not be checked.
pub(crate) fn end(command: &str, json: bool, outcome: anyhow::Result<Result<Good, Fault>>) -> ExitCode {
    match outcome {
        Ok(Ok(good)) => {
            if json {
                println!("{}", good_json(good))
            } else {
                print_good(&good)
            }
            ExitCode::SUCCESS
        }
        Ok(Err(fault)) => {
            if json {
                println!("{}", fault.json());
            } else {
                println!("FAULT  {}\n{}", fault.kind, fault.message);
            }
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("gpuaas {command}: {error:#}");
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
