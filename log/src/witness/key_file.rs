//! The witness's key: a file with its name and its seed, which only its owner reads.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::WitnessError;
use crate::cosignature::Cosigner;
use crate::durable;

fn path(directory: &Path) -> PathBuf {
    directory.join("key")
}

/// The key that is there, of this name if one is given; one that is not is made under it.
/// The directory is locked.
pub(super) fn read_or_make(directory: &Path, name: Option<&str>) -> Result<Cosigner, WitnessError> {
    if let Some(cosigner) = read(directory, name)? {
        return Ok(cosigner);
    }
    let path = path(directory);
    let name = name.ok_or_else(|| WitnessError::NoName(directory.to_owned()))?;
    let cosigner = Cosigner::generate(name).map_err(|error| failed(&path, error.0))?;
    let text = format!("{name}\n{}\n", hex::encode(cosigner.seed()));
    durable::replace(&path, &text, durable::PRIVATE).map_err(|error| failed(&path, &error.to_string()))?;
    Ok(cosigner)
}

/// The key that is there.
pub(super) fn read(directory: &Path, name: Option<&str>) -> Result<Option<Cosigner>, WitnessError> {
    let path = path(directory);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&path, &error.to_string())),
    };
    let cosigner = parse(&text).ok_or_else(|| failed(&path, "it holds no key: put its backup back"))?;
    match name {
        Some(name) if name != cosigner.key().name() => {
            Err(WitnessError::OtherName { path, name: cosigner.key().name().to_owned() })
        }
        Some(_) | None => Ok(Some(cosigner)),
    }
}

fn parse(text: &str) -> Option<Cosigner> {
    let (name, seed) = text.strip_suffix('\n')?.split_once('\n')?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).ok()?;
    Cosigner::from_seed(name, &bytes).ok()
}

fn failed(path: &Path, why: &str) -> WitnessError {
    WitnessError::File { path: path.to_owned(), why: why.to_owned() }
}
