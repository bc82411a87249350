//! How fast an export is verified, every check on.
//!
//! The limit is 0.8 million entries a second on two cores, over 1,000 organizations with
//! heads every 1,000 entries. The figure is the median of several runs, after one on a
//! single core. The floor beside it is what the two hashes of every entry alone take,
//! spread over two cores as well as can be.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::{Context, Result};
use gpuaas_benches::synthetic::{Size, write_export};
use gpuaas_log::export::{Chunk, SectionKind, SectionReader};
use gpuaas_log::hash::Hash;
use gpuaas_log::tree::leaf_hash;
use gpuaas_log::verify::{Options, verify};
use serde_json::json;

/// Entries a second on two cores.
const LIMIT: f64 = 800_000.0;
/// What is verified unless the first argument says how many entries.
const ENTRIES: u64 = 2_000_000;
/// How often it is verified on two cores; an odd number, so that one run is in the middle.
const RUNS: usize = 5;
/// Owners besides the platform.
const ORGANIZATIONS: usize = 1_000;

fn main() -> Result<()> {
    let entries = match std::env::args().nth(1) {
        Some(entries) => entries.parse().context("the argument is a number of entries")?,
        None => ENTRIES,
    };
    let mut file = tempfile::tempfile()?;
    let entries = write_export(BufWriter::new(&mut file), Size { entries, organizations: ORGANIZATIONS })?;
    // What is still on its way to the disk would take time from what is measured.
    file.sync_all()?;
    let bytes = file.seek(SeekFrom::End(0))?;
    println!("{entries} entries of {ORGANIZATIONS} organizations, {} bytes each", bytes / entries);

    let rate = |seconds: f64| entries as f64 / seconds;
    let floor = rate(hash_alone(&mut file)? / 2.0);
    println!("both hashes alone, on two cores: {floor:.0} entries/s");
    let one = rate(verified(&mut file, 1)?);
    println!("verified on one core:  {one:.0} entries/s");
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(rate(verified(&mut file, 2)?));
    }
    runs.sort_by(f64::total_cmp);
    let (least, two, most) = (runs[0], runs[RUNS / 2], runs[RUNS - 1]);
    println!("verified on two cores: {two:.0} entries/s; limit {LIMIT:.0}, ratio {:.2}", two / LIMIT);
    println!("{RUNS} runs, of which that is the median: {least:.0} to {most:.0}");
    let of_floor = two / floor;
    println!(
        "{}",
        json!({ "figure": two, "unit": "entries/s", "limit": LIMIT, "ratio": two / LIMIT, "least": least,
                "most": most, "one_core": one,
                "hashes_alone": floor, "of_hashes_alone": of_floor, "entries": entries, "bytes": bytes })
    );
    Ok(())
}

/// Seconds that a verification takes.
fn verified(file: &mut File, workers: usize) -> Result<f64> {
    let workers = NonZeroUsize::new(workers).context("there is a worker")?;
    let options = Options { workers, ..Options::default() };
    let start = Instant::now();
    verify(file, &options, &mut |_| {})?;
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds that one core takes for the hash and the leaf hash of every entry.
fn hash_alone(file: &mut File) -> Result<f64> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let mut reader = SectionReader::new(&bytes[..]);
    let (mut chunk, mut spent, mut all) = (Chunk::default(), 0.0, Hash::ZERO);
    while reader.ending().is_none() {
        reader.read(&mut chunk, 1 << 20)?;
        let start = Instant::now();
        for section in chunk.sections().filter(|section| section.kind == SectionKind::Entry) {
            let (entry, leaf) = (Hash::of_entry(section.body), leaf_hash(section.body));
            all.0[0] ^= entry.0[0] ^ leaf.0[0];
        }
        spent += start.elapsed().as_secs_f64();
    }
    std::hint::black_box(all);
    Ok(spent)
}
