//! Secrets that the platform makes: `gsec_<secret id>_<128 random bits>`. They name their
//! id, so that one look-up finds the digest to compare with.

use std::str::FromStr;

use gpuaas_domain::id::{SecretId, TypedId};

use crate::effects::Effects;

/// What every secret begins with, so that scanners of leaked credentials know it.
const PREFIX: &str = "gsec_";

/// A new secret for this id.
pub(crate) fn generate(id: SecretId, effects: &dyn Effects) -> String {
    let mut random = [0; 16];
    effects.random(&mut random);
    // TypeID's base32 of 128 bits, without the prefix of the type.
    let random = SecretId::from_uuid(uuid::Uuid::from_bytes(random));
    format!("{PREFIX}{}_{}", digits(id), digits(random))
}

/// The id that a secret names; `None` if the text is no secret.
pub(crate) fn id_of(text: &str) -> Option<SecretId> {
    let (id, random) = text.strip_prefix(PREFIX)?.split_once('_')?;
    (random.len() == id.len()).then(|| SecretId::from_str(&format!("{}_{id}", SecretId::PREFIX)).ok())?
}

fn digits(id: SecretId) -> String {
    let text = id.to_string();
    text.rsplit('_').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_secret_names_an_id() {
        let id = SecretId::from_uuid(uuid::Uuid::from_u128(9));
        let text = format!("gsec_{}_{}", digits(id), digits(id));
        assert_eq!(id_of(&text), Some(id));
        for bad in ["", "gsec_", "gsec_a_b", &text[1..], &text[..text.len() - 1]] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }
}
