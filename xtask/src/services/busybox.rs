//! A statically linked busybox: one file from which a test makes a tiny image in a second.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Service;
use super::debian::Missing;
use crate::process;

/// The program's path.
const FILE: &str = "GPUAAS_TEST_BUSYBOX";

/// A busybox that needs a dynamic loader is as good as none: an image would have to carry its libraries.
pub(crate) fn missing() -> Option<Missing> {
    file().is_none().then_some(Missing {
        package: "busybox-static",
        otherwise: "A statically linked busybox is missing: install one, or name its file in GPUAAS_TEST_BUSYBOX.",
    })
}

/// The given file, or the one on the path. There is nothing to start.
pub(crate) fn service() -> Result<Service> {
    let file = file().context("busybox-static was installed, yet no static busybox is on the path")?;
    Ok(Service::found(format!("busybox at {}", file.display()), vec![(FILE, file.into())]))
}

fn file() -> Option<PathBuf> {
    let given = std::env::var_os(FILE).map(PathBuf::from);
    given.or_else(|| process::find(&["busybox"])).filter(|file| std::fs::read(file).is_ok_and(|elf| is_static(&elf)))
}

/// Whether a 64-bit little-endian ELF program names no interpreter (elf(5): `PT_INTERP` is segment type 3).
fn is_static(elf: &[u8]) -> bool {
    let number = |at: usize, size: usize| {
        let bytes = elf.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte)))
    };
    let is_elf64 = elf.starts_with(b"\x7fELF\x02\x01");
    let (Some(table), Some(size), Some(count)) = (number(32, 8), number(54, 2), number(56, 2)) else { return false };
    let kind = |index| number(table.saturating_add(index * size), 4);
    is_elf64 && (0..count).all(|index| kind(index).is_some_and(|kind| kind != 3))
}

#[cfg(test)]
mod tests {
    use super::is_static;

    #[test]
    fn a_program_that_needs_a_loader_is_not_static() {
        let this_test = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&this_test));
    }

    #[test]
    fn a_script_is_not_a_static_program() {
        assert!(!is_static(b"#!/bin/sh\nexec busybox \"$@\"\n"));
    }
}
