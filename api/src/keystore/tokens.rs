//! Tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037), which say whom they
//! speak for. Whether one still counts is the log's to say, not the signature's.

use std::collections::HashSet;
use std::str::FromStr as _;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use gpuaas_commands::Principal;
use gpuaas_domain::id::{ServiceAccountId, TokenId, TypedId as _, UserId};
use gpuaas_domain::token::Subject;
use gpuaas_domain::{Code, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::KeyStore;
use crate::http::Problem;

/// Whom tokens are for.
const AUDIENCE: &str = "gpuaas";
/// Longest token that is looked at; ours have about 350 characters.
const MAX_LENGTH: usize = 2_048;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    iat: u64,
    exp: u64,
}

/// Signs tokens and reads them.
pub struct Tokens {
    issuer: String,
    signs: EncodingKey,
    reads: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// With the key store's key, in the name of this log.
    #[must_use]
    pub fn new(keys: &KeyStore, issuer: &str) -> Self {
        let key = SigningKey::from_bytes(keys.token_signing_seed());
        let der = key.to_pkcs8_der().expect("every seed is a key");
        // One algorithm, whatever a token's header says.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.required_spec_claims = HashSet::from(["exp", "aud", "iss", "sub"].map(str::to_owned));
        validation.leeway = 0;
        Self {
            issuer: issuer.to_owned(),
            signs: EncodingKey::from_ed_der(der.as_bytes()),
            reads: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
            validation,
        }
    }

    /// The token with this id.
    #[must_use]
    pub fn sign(&self, principal: Principal, issued_at: Timestamp, expires_at: Timestamp) -> String {
        let sub = match principal.subject {
            Subject::User(user) => user.to_string(),
            Subject::ServiceAccount(account) => account.to_string(),
        };
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub,
            jti: principal.token.to_string(),
            iat: seconds(issued_at),
            exp: seconds(expires_at),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signs).expect("the key is an Ed25519 key")
    }

    /// Whom a token speaks for, if its signature holds and it has not expired.
    pub fn read(&self, token: &str) -> Result<Principal, Problem> {
        if token.len() > MAX_LENGTH {
            return Err(Problem::of(Code::Unauthenticated));
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.reads, &self.validation)
            .map_err(|error| {
                let expired = matches!(error.kind(), ErrorKind::ExpiredSignature);
                Problem::of(if expired { Code::TokenExpired } else { Code::Unauthenticated })
            })?
            .claims;
        let token = TokenId::from_str(&claims.jti).ok();
        let principal = token.zip(subject(&claims.sub)).map(|(token, subject)| Principal { subject, token });
        principal.ok_or_else(|| Problem::of(Code::Unauthenticated))
    }
}

fn subject(text: &str) -> Option<Subject> {
    match text.split_once('_')?.0 {
        UserId::PREFIX => text.parse().ok().map(Subject::User),
        ServiceAccountId::PREFIX => text.parse().ok().map(Subject::ServiceAccount),
        _ => None,
    }
}

/// Expiry in whole seconds is rounded down: a token never counts longer than the log says.
fn seconds(at: Timestamp) -> u64 {
    at.0 / 1_000_000
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use uuid::Uuid;

    use super::*;
    use crate::keystore::now;

    fn tokens(directory: &tempfile::TempDir, issuer: &str) -> Tokens {
        Tokens::new(&KeyStore::open(&directory.path().join("keys")).unwrap(), issuer)
    }

    fn principal() -> Principal {
        let subject = Subject::User(UserId::from_uuid(Uuid::from_u128(1)));
        Principal { subject, token: TokenId::from_uuid(Uuid::from_u128(2)) }
    }

    fn code(read: Result<Principal, Problem>) -> Code {
        read.unwrap_err().code
    }

    #[test]
    fn a_token_says_whom_it_speaks_for() {
        let directory = tempfile::tempdir().unwrap();
        let tokens = tokens(&directory, "example.org/log");
        let token = tokens.sign(principal(), now(), now().plus_seconds(60));
        assert_eq!(tokens.read(&token).unwrap(), principal());
        assert_eq!(code(tokens.read(&tokens.sign(principal(), now(), Timestamp(1)))), Code::TokenExpired);
    }

    #[test]
    fn a_foreign_token_is_refused() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let tokens_here = tokens(&here, "example.org/log");
        let until = now().plus_seconds(60);
        for foreign in [
            tokens(&elsewhere, "example.org/log").sign(principal(), now(), until),
            tokens(&here, "other.org/log").sign(principal(), now(), until),
            "a.b.c".to_owned(),
            String::new(),
            "x".repeat(MAX_LENGTH + 1),
        ] {
            assert_eq!(code(tokens_here.read(&foreign)), Code::Unauthenticated, "{foreign}");
        }
    }

    #[test]
    fn another_algorithm_or_audience_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let tokens = tokens(&directory, "example.org/log");
        let good = tokens.sign(principal(), now(), now().plus_seconds(60));
        let parts: Vec<&str> = good.split('.').collect();
        let header = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let none = format!("{}.{}.", header(r#"{"alg":"none","typ":"JWT"}"#), parts[1]);
        let hs256 = format!("{}.{}.{}", header(r#"{"alg":"HS256","typ":"JWT"}"#), parts[1], parts[2]);
        let claims = Claims {
            iss: "example.org/log".into(),
            aud: "another".into(),
            sub: "user_00000000000000000000000001".into(),
            jti: "tok_00000000000000000000000001".into(),
            iat: 0,
            exp: seconds(now().plus_seconds(60)),
        };
        let audience = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &tokens.signs).unwrap();
        for foreign in [none, hs256, audience] {
            assert_eq!(code(tokens.read(&foreign)), Code::Unauthenticated, "{foreign}");
        }
    }
}
