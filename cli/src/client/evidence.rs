//! `gpuaas evidence`: what shows that releases, flows and controls hold.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gpuaas_sdk::{
    EvidenceBundle, EvidenceBundleStatus, EvidenceResult, ListEvidenceBundlesQuery, NewEvidenceBundle,
    NewEvidenceInvariant, NewEvidenceItem, RetentionClass,
};
use serde_json::json;

use super::change::Change;
use super::words::{labelled, words};
use super::{Ask, Asked, Session, pages};
use crate::audit::incoming::Incoming;
use crate::evidence::{self, Verify};
use crate::output::{self, Failure, Format, Show, moment};

/// Bundles of evidence: what shows that releases, flows and controls hold.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Asking(Asking),
    /// Verifies the file of a bundle offline, with nothing but a key or a policy.
    Verify(Verify),
}

/// What asks a server.
#[derive(Debug, Subcommand)]
pub(crate) enum Asking {
    /// Opens a bundle.
    Open {
        /// The product that it is about.
        product: String,
        /// The commit that it is about.
        #[arg(long)]
        commit: String,
        /// Where it was tried.
        #[arg(long, value_name = "PROFILE")]
        environment: String,
        /// What changed, one line.
        #[arg(long)]
        summary: String,
        /// Who answers for it: a team.
        #[arg(long)]
        owner: String,
        /// How long it is kept outside the log.
        #[arg(long, value_parser = words(RetentionClass::ALL, RetentionClass::as_str))]
        retention: RetentionClass,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the bundles.
    List {
        /// About this product.
        #[arg(long)]
        product: Option<String>,
        /// Only those.
        #[arg(long, value_parser = words(EvidenceBundleStatus::ALL, EvidenceBundleStatus::as_str))]
        status: Option<EvidenceBundleStatus>,
    },
    /// Shows a bundle.
    Show {
        /// Its id.
        bundle: String,
    },
    /// Adds a proof to a bundle.
    AddItem(AddItem),
    /// Adds what items of a bundle say of an invariant.
    Cover {
        /// The bundle's id.
        bundle: String,
        /// The invariant: the product's own id.
        invariant: String,
        /// What the items say of it together.
        #[arg(long, value_parser = words(EvidenceResult::ALL, EvidenceResult::as_str))]
        result: EvidenceResult,
        /// An item that covers it; may be given several times.
        #[arg(long = "item", value_name = "ID", required = true)]
        items: Vec<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Takes nothing more into a bundle.
    Close {
        /// Its id.
        bundle: String,
        #[command(flatten)]
        change: Change,
    },
    /// Writes a closed bundle with the receipts of all its entries to a file, which `gpuaas
    /// evidence verify` checks.
    File {
        /// Its id.
        bundle: String,
        /// The file to write.
        file: PathBuf,
        /// Replaces a file that is there.
        #[arg(long)]
        force: bool,
    },
}

/// A proof.
#[derive(Debug, Args)]
pub(crate) struct AddItem {
    /// The bundle's id.
    bundle: String,
    /// Of what kind: `uat.summary`.
    evidence_type: String,
    /// What made it.
    #[arg(long)]
    producer: String,
    /// What it came to.
    #[arg(long, value_parser = words(EvidenceResult::ALL, EvidenceResult::as_str))]
    result: EvidenceResult,
    /// Who answers for it: a team.
    #[arg(long)]
    owner: String,
    /// How long it is kept outside the log.
    #[arg(long, value_parser = words(RetentionClass::ALL, RetentionClass::as_str))]
    retention: RetentionClass,
    /// What the producer adds, NAME=TEXT; may be given several times.
    #[arg(long = "detail", value_name = "NAME=TEXT", value_parser = labelled)]
    details: Vec<(String, String)>,
    /// Position of an entry that shows it; may be given several times.
    #[arg(long = "entry", value_name = "POSITION")]
    entries: Vec<u64>,
    #[command(flatten)]
    change: Change,
}

/// Runs a subcommand of `gpuaas evidence`.
pub(crate) fn run(asked: Asked<Command>) -> ExitCode {
    let Asked { flags, format, as_of, command } = asked;
    match command {
        Command::Asking(command) => super::run(Asked { flags, format, as_of, command }),
        Command::Verify(_) if as_of.is_some() => {
            let sentence = "--as-of is for what shows a single resource; a file of evidence does not change";
            output::ended(format, Err(Failure::Usage(sentence.to_owned())))
        }
        Command::Verify(arguments) => evidence::verify(&arguments, format.json),
    }
}

impl Ask for Asking {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let bundle = match self {
            Self::Open { product, commit, environment, summary, owner, retention, change } => {
                let body = NewEvidenceBundle {
                    change_summary: summary,
                    environment_profile: environment,
                    owner,
                    product_scope: product,
                    retention_class: retention,
                    source_commit: commit,
                };
                client.create_evidence_bundle(&body, &change.mutation()).await?
            }
            Self::List { product: product_scope, status } => {
                let found = pages::all(async |cursor| {
                    let (product_scope, limit) = (product_scope.clone(), pages::LIMIT);
                    let query = ListEvidenceBundlesQuery { product_scope, status, cursor, limit };
                    let page = client.list_evidence_bundles(&query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                return output::list(*format, &found.await?);
            }
            Self::Show { bundle } => client.get_evidence_bundle(&bundle).await?,
            Self::AddItem(item) => {
                let body = NewEvidenceItem {
                    details: Some(item.details.into_iter().collect()),
                    entries: Some(item.entries),
                    evidence_type: item.evidence_type,
                    owner: item.owner,
                    producer: item.producer,
                    result: item.result,
                    retention_class: item.retention,
                };
                client.record_evidence_item(&item.bundle, &body, &item.change.mutation()).await?
            }
            Self::Cover { bundle, invariant, result, items, change } => {
                let body = NewEvidenceInvariant { invariant, items, result };
                client.record_evidence_invariant(&bundle, &body, &change.mutation()).await?
            }
            Self::Close { bundle, change } => client.close_evidence_bundle(&bundle, &change.mutation()).await?,
            Self::File { bundle, file, force } => {
                let incoming = Incoming::new(&file, force)?;
                let sent = client.export_evidence_bundle(&bundle).await?;
                let (incoming, bytes) = incoming.receive(sent).await?;
                incoming.keep()?;
                return written(*format, &bundle, &file, bytes);
            }
        };
        output::one(*format, &bundle.value)
    }
}

fn written(format: Format, bundle: &str, file: &Path, bytes: u64) -> Result<(), Failure> {
    let file = file.display();
    if format.json {
        return output::json(&json!({"bundle": bundle, "file": file.to_string(), "bytes": bytes}));
    }
    output::line(&format!("{file}: {bundle} with its receipts, {bytes} bytes"))
}

impl Show for EvidenceBundle {
    const COLUMNS: &'static [&'static str] = &["ID", "PRODUCT", "COMMIT", "ENVIRONMENT", "STATUS", "ITEMS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.product_scope.clone(),
            self.source_commit.clone(),
            self.environment_profile.clone(),
            self.status.to_string(),
            self.items.len().to_string(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("summary", self.change_summary.clone()),
            ("owner", self.owner.clone()),
            ("retention", self.retention_class.to_string()),
        ];
        details.extend(
            self.items.iter().map(|item| ("item", format!("{} {}: {}", item.id, item.evidence_type, item.result))),
        );
        let covered = self.invariants.iter().map(|covered| {
            ("invariant", format!("{}: {}, by {}", covered.invariant, covered.result, covered.items.join(", ")))
        });
        details.extend(covered);
        details.extend([("created", moment(&self.created_at)), ("updated", moment(&self.updated_at))]);
        details
    }
}
