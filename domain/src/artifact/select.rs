//! Which artifact of an app a launch runs, if it does not say: found by what the profile
//! names and what the allocation is, never by which app it is.

use std::cmp::Reverse;

use super::event::Accelerator;
use super::state::Artifact;
use crate::id::ArtifactId;
use crate::node_protocol::task::Image;
use crate::profile::{ArtifactSource, Profile};
use crate::sku::Shape;

/// An artifact that might do.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: ArtifactId,
    /// Its state.
    pub artifact: &'a Artifact,
}

impl Accelerator {
    /// Whose GPUs these are, by the driver's name of the model.
    #[must_use]
    pub fn of_model(model: &str) -> Option<Self> {
        let vendor = model.split_ascii_whitespace().next().unwrap_or_default();
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(vendor))
    }
}

/// The artifact that fits best: of the right processor before another, promoted before
/// not, made for the GPUs that are asked for, and the newest of those. One that does not
/// fit at all is chosen only where there is no better one, so that the refusal can say
/// what is wrong with it.
#[must_use]
pub fn select(profile: &Profile, candidates: &[Candidate<'_>], shape: &Shape, gpu_count: u16) -> Option<ArtifactId> {
    let wanted = shape.gpu.as_ref().filter(|_| gpu_count > 0).and_then(|gpu| Accelerator::of_model(&gpu.model));
    let named = candidates.iter().filter(|candidate| is_named(profile, candidate.artifact));
    let best = named.min_by_key(|candidate| {
        let details = candidate.artifact.details();
        let other_processor = details.is_none_or(|details| details.architecture != shape.architecture);
        let accelerator = details.and_then(|details| details.accelerator);
        let unsuitable = match (accelerator, wanted) {
            (Some(has), Some(wanted)) if has == wanted => 0,
            (None, None) => 0,
            (None, Some(_)) => 1,
            (Some(_), None | Some(_)) => 2,
        };
        let retired = matches!(candidate.artifact, Artifact::Retired(_));
        let not_promoted = candidate.artifact.require_promoted().is_err();
        (other_processor, unsuitable == 2, retired, not_promoted, unsuitable, Reverse(candidate.id))
    });
    best.map(|candidate| candidate.id)
}

/// Whether a profile may run the artifact.
#[must_use]
pub(crate) fn is_named(profile: &Profile, artifact: &Artifact) -> bool {
    artifact.details().is_some_and(|details| {
        let source = match details.image {
            Image::Registry(_) => ArtifactSource::PlatformRegistry,
            Image::LocalImage(_) => ArtifactSource::LocalImage,
        };
        let mut slots = profile.manifest().artifacts.values();
        slots.any(|slot| slot.artifact_name == details.name && slot.source == source)
    })
}
