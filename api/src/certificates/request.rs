//! Requests for certificates (CSR, RFC 2986).

use ed25519_dalek::VerifyingKey;
use gpuaas_domain::Code;
use gpuaas_domain::fixed::PublicKey;
use rcgen::{CertificateSigningRequestParams, PKCS_ED25519, PublicKeyData as _};

use crate::http::Problem;

/// The public key of a request whose own signature holds. Nothing else of it is used.
pub fn requested_key(csr: &str) -> Result<PublicKey, Problem> {
    // Its signature is checked where it is read.
    let request = CertificateSigningRequestParams::from_pem(csr).map_err(|_| invalid())?;
    if request.public_key.algorithm() != &PKCS_ED25519 {
        return Err(invalid());
    }
    let key: [u8; 32] = request.public_key.der_bytes().try_into().map_err(|_| invalid())?;
    // Under a weak key more than one text has the same signature.
    match VerifyingKey::from_bytes(&key) {
        Ok(strong) if !strong.is_weak() => Ok(PublicKey(key)),
        Ok(_) | Err(_) => Err(invalid()),
    }
}

fn invalid() -> Problem {
    Problem::of(Code::CertificateRequestInvalid)
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256};

    use super::*;

    fn request(key: &KeyPair) -> String {
        let mut params = CertificateParams::new(vec!["gateway.example.org".into()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serialize_request(key).unwrap().pem().unwrap()
    }

    #[test]
    fn only_the_key_is_taken_whatever_a_request_asks_for() {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        assert_eq!(requested_key(&request(&key)).unwrap().0, key.der_bytes());
    }

    #[test]
    fn another_kind_of_key_or_a_broken_signature_is_refused() {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let pem = request(&key);
        let mut der = pem::parse(&pem);
        let last = der.len() - 1;
        der[last] ^= 1;
        let other = request(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
        for bad in [pem::print(&der), other, String::new(), "-----BEGIN CERTIFICATE REQUEST-----".into()] {
            assert_eq!(requested_key(&bad).unwrap_err().code, Code::CertificateRequestInvalid, "{bad}");
        }
    }

    /// As much of PEM as a request needs.
    mod pem {
        use data_encoding::BASE64;

        pub(super) fn parse(pem: &str) -> Vec<u8> {
            let body: String = pem.lines().filter(|line| !line.starts_with('-')).map(str::trim).collect();
            BASE64.decode(body.as_bytes()).unwrap()
        }

        pub(super) fn print(der: &[u8]) -> String {
            let body = BASE64.encode(der);
            format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n")
        }
    }
}
