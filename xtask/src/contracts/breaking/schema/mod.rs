//! Whether everything that one JSON Schema allows is allowed by another, as far as their form tells.
//!
//! Careful rather than clever: what cannot be told to fit counts as a break, since that can be
//! accepted with a reason, while a break that nobody noticed cannot be taken back. Two documents
//! that say the same never break.

mod flat;
mod form;

use std::collections::BTreeSet;

use serde_json::Value;

use form::{allows_all, choices, default, is_null, named, parts, types};

/// Who reads by one version what was written by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Today's server, what clients of the release send. It refuses what it does not know.
    Server,
    /// A client of the release, what is answered or published today. It leaves aside members that
    /// it does not know, and bears new words among those that a schema lists.
    Client,
    /// An agent of the release, what it is told to do today. It refuses what it does not know.
    Agent,
}

/// Two versions of a document, and what was found to break.
pub(super) struct Comparison<'d> {
    old: &'d Value,
    new: &'d Value,
    reader: Reader,
    /// Whether it is being found out which of several choices is meant.
    is_choosing: bool,
    /// Pairs of schemas that are being compared further up: a schema may contain itself.
    open: BTreeSet<(String, String)>,
    /// A line for each.
    pub(super) breaks: Vec<String>,
}

impl<'d> Comparison<'d> {
    /// Of these two.
    pub(super) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self { old, new, reader: Reader::Server, is_choosing: false, open: BTreeSet::new(), breaks: Vec::new() }
    }

    /// What a part of the old document is, if it only refers to it.
    pub(super) fn of_old(&mut self, part: &'d Value, at: &str) -> &'d Value {
        let document = self.old;
        self.meant(document, part, at)
    }

    /// What a part of the new document is, if it only refers to it.
    pub(super) fn of_new(&mut self, part: &'d Value, at: &str) -> &'d Value {
        let document = self.new;
        self.meant(document, part, at)
    }

    fn meant(&mut self, document: &'d Value, part: &'d Value, at: &str) -> &'d Value {
        let Some(path) = part.get("$ref") else { return part };
        match named(document, path) {
            Some(meant) => self.meant(document, meant, at),
            None => {
                self.say(at, &format!("{path} is not there"));
                part
            }
        }
    }

    /// What clients send by the old schema has to be taken by the new one.
    pub(super) fn sent(&mut self, old: &Value, new: &Value, at: &str) {
        self.reader = Reader::Server;
        self.fits(old, new, at);
    }

    /// What clients get by the new schema has to be what the old one told them.
    pub(super) fn received(&mut self, old: &Value, new: &Value, at: &str) {
        self.reader = Reader::Client;
        self.fits(new, old, at);
    }

    /// What agents are told by the new schema has to be taken by those that know the old one.
    pub(super) fn ordered(&mut self, old: &Value, new: &Value, at: &str) {
        self.reader = Reader::Agent;
        self.fits(new, old, at);
    }

    /// A line for what breaks.
    pub(super) fn say(&mut self, at: &str, what: &str) {
        self.breaks.push(format!("{at}: {what}"));
    }

    /// The documents that what is written and what it has to fit are from.
    fn documents(&self) -> (&'d Value, &'d Value) {
        match self.reader {
            Reader::Server => (self.old, self.new),
            Reader::Client | Reader::Agent => (self.new, self.old),
        }
    }

    /// Whether `inner` fits into `outer`, and stands for the same where it is left out; says what does not.
    fn fits(&mut self, inner: &Value, outer: &Value, at: &str) {
        let (inner_in, outer_in) = self.documents();
        let defaults = [default(inner_in, inner), default(outer_in, outer)];
        if defaults[0] != defaults[1] {
            let [inner, outer] = defaults.map(|value| value.map_or_else(|| "none".to_owned(), Value::to_string));
            let (was, is) = if self.reader == Reader::Server { (inner, outer) } else { (outer, inner) };
            self.say(at, &format!("its default was {was} and is {is}"));
        }
        self.fits_rules(inner, outer, at);
    }

    /// Whether every value of `inner` is one of `outer`.
    ///
    /// What is put together of parts has to fit each part of the outer one, and fits it where one
    /// part of the inner one does.
    fn fits_rules(&mut self, inner: &Value, outer: &Value, at: &str) {
        let refers = inner.get("$ref").is_some() || outer.get("$ref").is_some();
        let pair = if refers { (inner.to_string(), outer.to_string()) } else { <(String, String)>::default() };
        if refers && !self.open.insert(pair.clone()) {
            return;
        }
        let (inner_in, outer_in) = self.documents();
        match (parts(inner_in, inner), parts(outer_in, outer)) {
            (Err(path), _) | (_, Err(path)) => self.say(at, &format!("{path} is not there")),
            (_, Ok(Some(outer))) => outer.iter().for_each(|part| self.fits_rules(inner, part, at)),
            (Ok(Some(inner)), Ok(None)) => {
                let pairs: Vec<_> = inner.iter().map(|part| (&**part, outer)).collect();
                self.one_fits(&pairs, at);
            }
            (Ok(None), Ok(None)) => self.fits_one(inner, outer, at),
        }
        if refers {
            self.open.remove(&pair);
        }
    }

    /// The same of two that are put together of nothing else: each is rules, or a choice.
    fn fits_one(&mut self, inner: &Value, outer: &Value, at: &str) {
        if allows_all(outer) || *inner == Value::Bool(false) {
            return;
        }
        if *outer == Value::Bool(false) {
            return self.say(at, "nothing is allowed");
        }
        match (choices(inner), choices(outer)) {
            (Some(made), _) => made.iter().for_each(|choice| self.fits_rules(choice, outer, at)),
            (None, Some(allowed)) => {
                let Some(several) = types(inner).filter(|types| types.len() > 1) else {
                    return self.chosen(inner, allowed, at);
                };
                // Each may be taken by another choice.
                for name in several {
                    let mut one = inner.clone();
                    one["type"] = name.into();
                    self.chosen(&one, allowed, at);
                }
            }
            (None, None) => self.fits_flat(inner, outer, at),
        }
    }

    /// One of the choices has to take it. `null` is no other shape of what is not null.
    fn chosen(&mut self, inner: &Value, choices: &[Value], at: &str) {
        let able = choices.iter().filter(|choice| is_null(inner) || !is_null(choice));
        let pairs: Vec<_> = able.map(|choice| (inner, choice)).collect();
        self.one_fits(&pairs, at);
    }

    /// One of these pairs has to fit; if none does, what is said is of the one that nearly does.
    fn one_fits(&mut self, pairs: &[(&Value, &Value)], at: &str) {
        if let [(inner, outer)] = pairs {
            return self.fits_rules(inner, outer, at);
        }
        let mut nearest: Option<Vec<String>> = None;
        for (inner, outer) in pairs {
            let mut attempt = Comparison { is_choosing: true, open: self.open.clone(), breaks: Vec::new(), ..*self };
            attempt.fits_rules(inner, outer, at);
            if attempt.breaks.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|nearest| attempt.breaks.len() < nearest.len()) {
                nearest = Some(attempt.breaks);
            }
        }
        match nearest {
            Some(breaks) => self.breaks.extend(breaks),
            None => self.say(at, "none of the choices takes it"),
        }
    }
}
