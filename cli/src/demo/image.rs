//! The image of the demo's app, built on the spot from what every machine that runs the
//! demo has: this program, and the libraries that it is running with. Its digest is known
//! before any engine has seen it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::hello::PORT;

/// What the engine calls it.
const NAME: &str = "gpuaas-demo/hello-http:latest";
/// The program in the image.
const PROGRAM: &str = "gpuaas";

/// The image.
pub(super) struct HelloImage {
    /// `sha256:…` of its configuration, by which it is pinned.
    pub(super) config_digest: String,
    /// Where its app listens.
    pub(super) port: u16,
}

impl HelloImage {
    /// Writes it as an archive that engines load. The same files give the same digest.
    pub(super) fn build(archive: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("where this program is")?;
        let libraries = libraries(&program)?;
        let layer_file = archive.with_extension("layer");
        let diff_id = write_layer(&layer_file, &program, &libraries)?;
        let config = serde_json::to_vec(&configuration(&diff_id, &entrypoint(&libraries)))?;
        let digest = hex::encode(Sha256::digest(&config));
        let config_name = format!("{digest}.json");
        let manifest = json!([{"Config": config_name, "RepoTags": [NAME], "Layers": ["layer.tar"]}]);
        let mut outer = tar::Builder::new(File::create(archive)?);
        append(&mut outer, &config_name, 0o644, config.len() as u64, &config[..])?;
        append(&mut outer, "layer.tar", 0o644, layer_file.metadata()?.len(), File::open(&layer_file)?)?;
        let manifest = serde_json::to_vec(&manifest)?;
        append(&mut outer, "manifest.json", 0o644, manifest.len() as u64, &manifest[..])?;
        outer.into_inner()?.flush()?;
        std::fs::remove_file(layer_file)?;
        Ok(Self { config_digest: format!("sha256:{digest}"), port: PORT })
    }

    /// Loads the archive into the engine, which must come to the same digest.
    pub(super) async fn load(&self, archive: &Path) -> Result<()> {
        let host = std::env::var("DOCKER_HOST").ok();
        let loaded = gpuaas_node_agent::load_image(host.as_deref(), archive, NAME).await?;
        ensure!(loaded == self.config_digest, "the engine calls it {loaded}, not {}", self.config_digest);
        Ok(())
    }
}

/// The shared libraries that this process runs with, its loader among them. A program that
/// is linked statically has none.
fn libraries(program: &Path) -> Result<BTreeSet<PathBuf>> {
    let maps = std::fs::read_to_string("/proc/self/maps").context("the demo's image is made of what Linux tells")?;
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).map(Path::new);
    let program = program.canonicalize()?;
    let is_library = |path: &&Path| {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        path.is_absolute() && **path != program && name.contains(".so")
    };
    Ok(paths.filter(is_library).filter(|path| path.is_file()).map(Path::to_owned).collect())
}

/// How the container starts: the loader by name, because where a program looks for it is a
/// link on some machines.
fn entrypoint(libraries: &BTreeSet<PathBuf>) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let loader = libraries.iter().find(|path| name(path).starts_with("ld-"));
    let folders: BTreeSet<String> =
        libraries.iter().filter_map(|path| path.parent()).map(|folder| folder.display().to_string()).collect();
    let folders = folders.into_iter().collect::<Vec<_>>().join(":");
    let loader = loader.map(|loader| vec![loader.display().to_string(), "--library-path".to_owned(), folders]);
    let command = [format!("/{PROGRAM}"), "hello-http".to_owned()];
    loader.into_iter().flatten().chain(command).collect()
}

fn configuration(diff_id: &str, entrypoint: &[String]) -> Value {
    let architecture = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "amd64" };
    json!({
        "architecture": architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Entrypoint": entrypoint, "ExposedPorts": {format!("{PORT}/tcp"): {}}},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "gpuaas demo"}]
    })
}

/// Writes the only layer; gives its digest.
fn write_layer(file: &Path, program: &Path, libraries: &BTreeSet<PathBuf>) -> Result<String> {
    let mut layer = tar::Builder::new(Hashed { out: File::create(file)?, digest: Sha256::new() });
    append_file(&mut layer, PROGRAM, program)?;
    for library in libraries {
        append_file(&mut layer, library.strip_prefix("/")?, library)?;
    }
    let mut hashed = layer.into_inner()?;
    hashed.flush()?;
    Ok(format!("sha256:{}", hex::encode(hashed.digest.finalize())))
}

fn append_file<W: Write>(layer: &mut tar::Builder<W>, name: impl AsRef<Path>, path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let size = file.metadata()?.len();
    append(layer, name, 0o755, size, file)
}

/// A file without anything that differs from one build to the next.
fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    name: impl AsRef<Path>,
    mode: u32,
    size: u64,
    content: impl io::Read,
) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    Ok(tar.append_data(&mut header, name, content)?)
}

/// Hashes what goes through.
struct Hashed<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
