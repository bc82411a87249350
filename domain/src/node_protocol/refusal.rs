//! What an agent reads of a refusal.

use super::answers;

answers! {
    /// The REST error envelope.
    pub struct Refusal {
        /// What is wrong.
        pub error: RefusalBody,
    }

    /// What is wrong.
    pub struct RefusalBody {
        /// The stable code, one of [`crate::Code`] or of a newer server.
        pub code: String,
        /// What to do.
        pub message: String,
        /// Whether the same request may succeed later.
        #[serde(default)]
        pub retryable: bool,
    }
}
