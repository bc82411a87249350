//! AsyncAPI's own parser, which has to accept the document of the events.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::debian::Missing;
use super::{Service, node, python};
use crate::workspace;

/// The folder with its packages.
const FOLDER: &str = "GPUAAS_TEST_ASYNCAPI_PARSER";
/// What pins them, and the program that asks the parser.
const PINNED: &str = "xtask/conformance/asyncapi";

/// Nothing is missing where there is a Node, or what one is fetched by.
pub(super) fn missing() -> Option<Missing> {
    (!node::can_be_had()).then_some(Missing {
        package: python::PACKAGE,
        otherwise: "Node 20 or later with npm, for AsyncAPI's parser, is missing: install it, name its program in \
                    GPUAAS_TEST_NODE, or install Python 3.11 or later with its module venv, by which it is fetched.",
    })
}

/// The parser's packages, and the Node that runs them.
pub(super) fn service() -> Result<Service> {
    let (node, packages) = (node::program()?, packages()?);
    let origin = format!("AsyncAPI's parser at {}, run by {}", packages.display(), node.display());
    Ok(Service::found(origin, vec![(FOLDER, packages.into()), (node::PROGRAM, node.into())]))
}

/// The given folder with the parser's packages, or one that is kept between runs.
pub(crate) fn packages() -> Result<PathBuf> {
    match std::env::var_os(FOLDER) {
        Some(given) => Ok(given.into()),
        None => node::packages("asyncapi", PINNED),
    }
}

/// What asks the parser about the document that its last argument names.
pub(crate) fn parser(node: &Path, packages: &Path) -> Command {
    let mut command = Command::new(node);
    command.arg(workspace::root().join(PINNED).join("check.mjs")).arg(packages);
    command
}
