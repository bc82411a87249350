//! Status words of resources, as views show them and lists filter by them. They are the
//! words that the read models keep.

macro_rules! statuses {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$of_variant:meta])* $variant:ident = $word:tt),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$of_variant])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its word in the read models.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    )+};
}

statuses! {
    /// Whether a SKU can be allocated.
    pub enum SkuStatus {
        /// It can.
        Active = "active",
        /// It cannot any more; what is allocated stays.
        Retired = "retired",
    }

    /// Whether a version of an app can be launched.
    pub enum AppVersionStatus {
        /// Not yet.
        Draft = "draft",
        /// It can.
        Published = "published",
        /// It cannot any more; what runs stays.
        Retired = "retired",
    }

    /// How far an artifact is.
    pub enum ArtifactStatus {
        /// The registry is being asked, or said no: `fault` says what.
        Uploaded = "uploaded",
        /// The registry has it.
        Verified = "verified",
        /// It is offered.
        Published = "published",
        /// It is launched.
        Promoted = "promoted",
        /// It is not launched any more; what runs stays.
        Retired = "retired",
    }

    /// How an allocation is.
    pub enum AllocationStatus {
        /// It waits for a place.
        Requested = "requested",
        /// It has slots.
        Active = "active",
        /// It has slots until its workloads are gone.
        Releasing = "releasing",
        /// It has no slots any more, or never had.
        Released = "released",
        /// It came to nothing.
        Failed = "failed",
    }

    /// Whether a bundle of evidence takes more.
    pub enum EvidenceBundleStatus {
        /// It does.
        Open = "open",
        /// It does not any more.
        Closed = "closed",
    }

    /// Whether usage can be reported in a unit.
    pub enum UsageUnitStatus {
        /// It can.
        Registered = "registered",
        /// It cannot any more.
        Retired = "retired",
    }

    /// Whether anything is sent to a webhook.
    pub enum WebhookStatus {
        /// Events are.
        Active = "active",
        /// Nothing is, until it is enabled.
        Disabled = "disabled",
        /// Nothing is any more.
        Deleted = "deleted",
    }
}
