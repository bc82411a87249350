//! House rules that neither rustfmt nor clippy knows, checked over every file of the tree.
//!
//! Style that can be argued about is not in here; a rule is here when breaking it has
//! cost somebody time. Each rule is a function from a file to a fault, in its own file.

mod codes;
mod golden;
mod length;
mod names;
mod provenance;
mod tree;
mod words;

use anyhow::{Result, bail};

use crate::workspace;

/// Checks this tree and says every fault.
pub(crate) fn run() -> Result<()> {
    let files = tree::read(&workspace::root())?;
    let mut faults = golden::faults(&files);
    faults.extend(codes::faults(&files));
    for file in &files {
        faults.extend(names::fault(file));
        faults.extend(length::fault(file));
        faults.extend(words::faults(file));
        faults.extend(provenance::fault(file));
    }
    if !faults.is_empty() {
        bail!("the tree is not tidy:\n  {}", faults.join("\n  "));
    }
    eprintln!("tidy: {} files keep the house rules", files.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_tree_is_tidy() {
        super::run().unwrap_or_else(|faults| panic!("{faults:#}"));
    }
}
