//! `gpuaas audit export`: a file that `gpuaas audit verify` checks, from a server. The file
//! is there when all of it is.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::export::{Chunk, ExportKind, Header, SectionReader};
use gpuaas_sdk::Client;
use serde::Serialize;

use super::incoming::{Incoming, unwritable};
use crate::client::{Ask, Session, resolve};
use crate::output::{self, Failure, Format};

/// What to export, and where to.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write.
    file: PathBuf,
    /// Only what belongs to this organization: its slug or id. By default, the whole log.
    #[arg(long, value_name = "ORGANIZATION")]
    org: Option<String>,
    /// Replaces a file that is there.
    #[arg(long)]
    force: bool,
}

impl Ask for Export {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let organization = match &self.org {
            Some(name) => Some(resolve::organization(client, name).await?),
            None => None,
        };
        print(*format, &write(client, organization.as_deref(), &self.file, self.force).await?)
    }
}

/// Writes an export of the whole log, or of what belongs to an organization, into a file
/// that appears when all of it is there.
pub(crate) async fn write(
    client: &Client,
    organization: Option<&str>,
    file: &Path,
    force: bool,
) -> Result<Exported, Failure> {
    let incoming = Incoming::new(file, force)?;
    let export = match organization {
        Some(organization) => client.export_organization_log(organization).await?,
        None => client.export_log().await?,
    };
    let (incoming, bytes) = incoming.receive(export).await?;
    let header = header(incoming.part()).map_err(|error| unwritable(file, &error))?;
    let header = header.ok_or_else(|| Failure::other("the server sent something that is no export"))?;
    incoming.keep()?;
    Ok(Exported::new(file, bytes, &header))
}

/// What an export says it is; `None` if it is none.
fn header(file: &Path) -> io::Result<Option<Header>> {
    const FIRST: usize = 4_096;
    let mut reader = SectionReader::new(BufReader::new(File::open(file)?));
    reader.read(&mut Chunk::default(), FIRST)?;
    Ok(reader.header().cloned())
}

/// What was written, for programs.
#[derive(Serialize)]
pub(crate) struct Exported {
    file: String,
    /// How many.
    pub(crate) bytes: u64,
    kind: &'static str,
    organization: Option<String>,
    log_id: String,
    origin: String,
    size: u64,
}

impl Exported {
    fn new(file: &Path, bytes: u64, header: &Header) -> Self {
        let (kind, organization) = match header.kind {
            ExportKind::Whole => ("whole", None),
            ExportKind::Owner(owner) => ("owner", Some(OrganizationId::from_uuid(owner).to_string())),
        };
        Self {
            file: file.display().to_string(),
            bytes,
            kind,
            organization,
            log_id: header.log_id.to_string(),
            origin: header.origin.clone(),
            size: header.size,
        }
    }
}

fn print(format: Format, exported: &Exported) -> Result<(), Failure> {
    if format.json {
        return output::json(exported);
    }
    let Exported { file, bytes, organization, origin, size, .. } = exported;
    let what = organization.as_ref().map_or_else(|| "the whole log".to_owned(), |id| format!("what belongs to {id}"));
    output::line(&format!("{file}: {what} of {origin} up to entry {size}, {bytes} bytes"))
}
