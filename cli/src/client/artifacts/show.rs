//! An artifact for people.

use gpuaas_sdk::{Artifact, Image};

use crate::output::{Show, bytes, moment};

impl Show for Artifact {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "STATUS", "ARCHITECTURE", "ACCELERATOR", "IMAGE"];

    fn cells(&self) -> Vec<String> {
        let accelerator = self.accelerator.map_or_else(|| "-".to_owned(), |accelerator| accelerator.to_string());
        vec![
            self.id.clone(),
            self.name.clone(),
            self.status.to_string(),
            self.architecture.to_string(),
            accelerator,
            image(&self.image),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut about = Vec::new();
        about.extend(self.fault.map(|fault| ("not verified", fault.to_string())));
        about.extend(self.size_bytes.map(|size| ("size", bytes(size))));
        about.extend([
            ("media type", self.media_type.to_string()),
            ("app", self.app_id.clone()),
            ("created", moment(&self.created_at)),
            ("updated", moment(&self.updated_at)),
        ]);
        about
    }
}

/// Which image, and where it is.
pub(in crate::client) fn image(image: &Image) -> String {
    match (&image.registry, &image.local_image) {
        (Some(reference), _) => reference.clone(),
        (None, Some(digest)) => format!("{digest} (the node's own)"),
        (None, None) => "-".to_owned(),
    }
}
