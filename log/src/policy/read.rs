//! Reading a policy's lines.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use super::{Group, KnownLog, Member, Policy, Witness};
use crate::checkpoint::KeyError;

/// Most bytes of a policy's file.
pub const MAX_BYTES: usize = 256 * 1024;

/// The name that stands for no witness at all.
const NONE: &[u8] = b"none";

/// Why a file is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {why}")]
pub struct PolicyError {
    /// Which line, from 1; the one after the last where something is missing.
    pub line: usize,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// Reads the bytes of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Policy, PolicyError> {
    let at = |line: usize| move |why: String| PolicyError { line, why };
    if bytes.len() > MAX_BYTES {
        return Err(at(1)(format!("the file has more than {MAX_BYTES} bytes")));
    }
    let lines = bytes.strip_suffix(b"\n").map_or(&bytes[..0], |lines| lines).split(|byte| *byte == b'\n');
    let count = lines.clone().count();
    if !bytes.ends_with(b"\n") {
        let last = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
        return Err(at(last)("it is not ended by a line feed: the file may have been cut short".into()));
    }
    let mut reading = Reading::default();
    for (number, line) in lines.enumerate() {
        reading.line(line).map_err(at(number + 1))?;
    }
    let Reading { logs, witnesses, groups, quorum, .. } = reading;
    let missing = || at(count + 1)("there is no quorum line: write `quorum NAME`, or `quorum none`".into());
    Ok(Policy { logs, witnesses, groups, quorum: quorum.ok_or_else(missing)? })
}

/// What the lines so far have said.
#[derive(Default)]
struct Reading {
    logs: Vec<KnownLog>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<Option<Member>>,
    /// Names are octets, and mean nothing else.
    names: HashMap<Vec<u8>, Member>,
    /// Names that are in a group already.
    taken: HashSet<Member>,
    /// Public keys of logs, and of witnesses.
    log_keys: HashSet<[u8; 32]>,
    witness_keys: HashSet<[u8; 32]>,
}

impl Reading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
            return Err("a control character; only tabs and line feeds may be there".into());
        }
        let items: Vec<&[u8]> =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|item| !item.is_empty()).collect();
        match items[..] {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] => self.log(key, None),
            [b"log", key, url] => self.log(key, Some(url)),
            [b"log", ..] => Err("a log is `log VKEY [URL]`".into()),
            [b"witness", name, key] => self.witness(name, key, None),
            [b"witness", name, key, url] => self.witness(name, key, Some(url)),
            [b"witness", ..] => Err("a witness is `witness NAME VKEY [URL]`".into()),
            [b"group", name, needed, ref members @ ..] if !members.is_empty() => self.group(name, needed, members),
            [b"group", ..] => Err("a group is `group NAME all|any|K NAME …`".into()),
            [b"quorum", name] => self.quorum(name),
            [b"quorum", ..] => Err("a quorum is `quorum NAME`, or `quorum none`".into()),
            [other, ..] => Err(format!("{:?} begins no line: there are log, witness, group and quorum", lossy(other))),
        }
    }

    fn log(&mut self, key: &[u8], url: Option<&[u8]>) -> Result<(), String> {
        let key: crate::checkpoint::VerifierKey = vkey(key)?;
        if !self.log_keys.insert(*key.public()) {
            return Err("this log's key is in a line above already".into());
        }
        self.logs.push(KnownLog { key, url: url.map(lossy) });
        Ok(())
    }

    fn witness(&mut self, name: &[u8], key: &[u8], url: Option<&[u8]>) -> Result<(), String> {
        let key: crate::cosignature::WitnessKey = vkey(key)?;
        if !self.witness_keys.insert(*key.public()) {
            return Err("this witness's key is in a line above already".into());
        }
        self.define(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(Witness { name: lossy(name), key, url: url.map(lossy) });
        Ok(())
    }

    fn group(&mut self, name: &[u8], needed: &[u8], members: &[&[u8]]) -> Result<(), String> {
        let mut found = Vec::with_capacity(members.len());
        for member in members {
            let place = self.defined(member)?;
            if !self.taken.insert(place) {
                return Err(format!("{} is in a group already; a name is in one group at most", lossy(member)));
            }
            found.push(place);
        }
        let needed = match needed {
            b"all" => found.len(),
            b"any" => 1,
            number => count(number)
                .filter(|k| (1..=found.len()).contains(k))
                .ok_or_else(|| format!("{} is not all, any or a number from 1 to {}", lossy(number), found.len()))?,
        };
        self.define(name, Member::Group(self.groups.len()))?;
        self.groups.push(Group { name: lossy(name), needed, members: found });
        Ok(())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("there is a quorum line above already".into());
        }
        self.quorum = Some(if name == NONE { None } else { Some(self.defined(name)?) });
        Ok(())
    }

    fn define(&mut self, name: &[u8], member: Member) -> Result<(), String> {
        if name == NONE {
            return Err("the name none stands for no witness at all; choose another".into());
        }
        match self.names.insert(name.to_vec(), member) {
            None => Ok(()),
            Some(_) => Err(format!("the name {} is defined above already", lossy(name))),
        }
    }

    fn defined(&self, name: &[u8]) -> Result<Member, String> {
        let unknown = || format!("no witness or group above is called {}", lossy(name));
        self.names.get(name).copied().ok_or_else(unknown)
    }
}

fn vkey<K: FromStr<Err = KeyError>>(text: &[u8]) -> Result<K, String> {
    let text = std::str::from_utf8(text).map_err(|_| "the key is not UTF-8".to_owned())?;
    text.parse().map_err(|error: KeyError| error.to_string())
}

/// Decimal without a sign and leading zeros.
fn count(text: &[u8]) -> Option<usize> {
    let canonical = text.iter().all(u8::is_ascii_digit) && !text.starts_with(b"0");
    std::str::from_utf8(text).ok().filter(|_| canonical)?.parse().ok()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
