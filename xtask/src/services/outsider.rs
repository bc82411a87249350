//! A Python of its own for the programs of `replay-tests/outsider`, with the packages that they pin.

use std::path::PathBuf;

use anyhow::Result;

use super::debian::Missing;
use super::{Service, python};

/// The interpreter's path.
const FILE: &str = "GPUAAS_TEST_OUTSIDER_PYTHON";
/// What it has to have, pinned.
const REQUIREMENTS: &str = "replay-tests/outsider/requirements.txt";

/// Nothing is missing where an interpreter is given.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(FILE).is_some() || python::is_there();
    (!there).then_some(Missing {
        package: python::PACKAGE,
        otherwise: "Python 3.11 or later with its module venv is missing: install it, or name an interpreter that has \
                    the packages of replay-tests/outsider/requirements.txt in GPUAAS_TEST_OUTSIDER_PYTHON.",
    })
}

/// The given interpreter, or that of an environment which is kept between runs.
pub(crate) fn service() -> Result<Service> {
    let python = match std::env::var_os(FILE) {
        Some(given) => PathBuf::from(given),
        None => python::environment("outsider", REQUIREMENTS)?.join("python"),
    };
    Ok(Service::found(format!("Python for the outsider at {}", python.display()), vec![(FILE, python.into())]))
}
