//! What a task needs of secrets. It names them; the agent fetches them when it acts, and
//! keeps them nowhere.

use super::answers;
use crate::bounded::Text;
use crate::event::fields;
use crate::id::TaskId;

fields! {
    /// Asks for what a task names.
    pub struct CredentialRequest {
        /// The task; it has to be this node's and open.
        pub task: TaskId,
        /// The name it gives.
        pub reference: Text<120>,
    }
}

answers! {
    /// A login to a registry, or a secret value without a user name.
    pub struct Credential {
        /// Who logs in.
        pub username: Option<Text<255>>,
        /// The secret.
        pub secret: Text<8192>,
    }
}
