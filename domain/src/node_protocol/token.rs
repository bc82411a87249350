//! The enrollment token as it is handed to whoever sets up a node.

use std::fmt;
use std::str::FromStr;

use crate::fixed::{Digest, Fingerprint};
use crate::id::EnrollmentId;

/// A text is not an enrollment token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an enrollment token; it looks like enr_01j….<secret>.<fingerprint>")]
pub struct TokenError;

/// Names a node's enrollment, proves that one may use it, and says whose server to trust:
/// `enr_01j….<64 hex digits>.<64 hex digits>`.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrollmentToken {
    /// Which enrollment.
    pub enrollment: EnrollmentId,
    /// Random; the log knows its keyed digest.
    pub secret: [u8; 32],
    /// Of the CA's certificate, which the server has to present.
    pub ca_fingerprint: Fingerprint,
}

impl EnrollmentToken {
    /// The token as text. It is a secret, so there is no `Display`.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}.{}.{}", self.enrollment, Digest(self.secret), self.ca_fingerprint)
    }
}

impl FromStr for EnrollmentToken {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let mut parts = text.trim().split('.');
        let (Some(enrollment), Some(secret), Some(ca), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError);
        };
        let secret: Digest = secret.parse().map_err(|_| TokenError)?;
        Ok(Self {
            enrollment: enrollment.parse().map_err(|_| TokenError)?,
            secret: secret.0,
            ca_fingerprint: ca.parse().map_err(|_| TokenError)?,
        })
    }
}

impl fmt::Debug for EnrollmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrollmentToken({})", self.enrollment)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let enrollment = EnrollmentId::from_uuid(Uuid::from_u128(5));
        let token = EnrollmentToken { enrollment, secret: [1; 32], ca_fingerprint: Fingerprint([2; 32]) };
        assert_eq!(token.reveal().parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains("0101"));
    }

    #[test]
    fn anything_else_is_no_token() {
        for bad in ["", "enr_01h2e8kqvbfwea724h75qc655w", "a.b.c", "enr_01h2e8kqvbfwea724h75qc655w.00.00"] {
            assert!(bad.parse::<EnrollmentToken>().is_err(), "{bad}");
        }
    }
}
