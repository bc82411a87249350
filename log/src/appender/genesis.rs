//! How a log begins.

use uuid::Uuid;

use super::declared::{Declarations, Declared};
use super::gathered::Gathered;
use super::memory::Memory;
use super::own::{OwnAppend, append, of_system};
use crate::append::AppendError;
use crate::checkpoint::VerifierKey;
use crate::declaration::Declaration;
use crate::state::Identity;
use crate::store::{Batch, HeadRow};

/// What a new log is.
#[derive(Debug, Clone)]
pub struct Genesis {
    /// Its name for the outside: a host name and a path, as for a checkpoint.
    pub origin: String,
    /// Its id.
    pub log_id: Uuid,
    /// Keys that sign its checkpoints, under the origin's name.
    pub keys: Vec<VerifierKey>,
    /// Kinds and schemas that are declared at once.
    pub declarations: Declarations,
}

/// The log's first entries: `log.created` in an append of its own, then the
/// declarations.
pub(crate) fn begin(genesis: &Genesis, head: HeadRow, now: u64) -> Result<Batch, AppendError> {
    let identity = Identity { log_id: genesis.log_id, origin: genesis.origin.clone() };
    let memory = Memory::empty(identity, head, 1);
    let mut gathered = Gathered::on(&memory, None);
    let created =
        Declaration::Created { keys: genesis.keys.clone(), log_id: genesis.log_id, origin: genesis.origin.clone() };
    say(&mut gathered, &memory, "log.create", vec![created], Vec::new(), now)?;
    let (declarations, descriptors) = Declared::default().missing(&genesis.declarations)?;
    if !declarations.is_empty() {
        say(&mut gathered, &memory, "log.declare", declarations, descriptors, now)?;
    }
    Ok(gathered.batch(now))
}

fn say(
    gathered: &mut Gathered,
    memory: &Memory,
    command: &'static str,
    declarations: Vec<Declaration>,
    descriptors: Vec<Vec<u8>>,
    now: u64,
) -> Result<(), AppendError> {
    let version = gathered.entries() as u64;
    let append = append(of_system(command), &declarations, descriptors, memory.identity.log_id, version, now)?;
    gathered.take_own(OwnAppend { append, declarations, erased: Vec::new() }, memory, now);
    Ok(())
}
