//! Every vector gives exactly the listed bytes, hashes, roots and proofs.

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer, VerifierKey};
use gpuaas_log::declaration::{Declaration, LOG_KIND};
use gpuaas_log::entry::{Entry, PayloadRef};
use gpuaas_log::hash::{Hash, SecretKey};
use gpuaas_log::tree::{Frontier, check_inclusion, inclusion_proof, leaf_hash};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::vector_files::{VECTORS, bytes, entries, entry, hash, id, list, number, text};

#[test]
fn every_entry_is_encoded_from_its_fields_and_decoded_to_them() {
    for vector in list(&VECTORS["entries"]) {
        let fields = &vector["fields"];
        let payload = match &fields["payload"] {
            Value::String(_) => bytes(&fields["payload"]),
            _ => Vec::new(),
        };
        let listed = bytes(&vector["bytes"]);
        let described = entry(fields, &payload);
        assert_eq!(hex::encode(described.encode()), hex::encode(&listed));
        assert_eq!(Entry::decode(&listed).as_ref(), Ok(&described));
    }
}

#[test]
fn every_hash_leaf_and_root_is_the_listed_one() {
    let roots = &VECTORS["roots"];
    let mut tree = Frontier::new();
    assert_eq!(tree.root(), hash(&roots["0"]));
    for vector in list(&VECTORS["entries"]) {
        let listed = bytes(&vector["bytes"]);
        assert_eq!(Hash::of_entry(&listed), hash(&vector["hash"]));
        assert_eq!(leaf_hash(&listed), hash(&vector["leaf"]));
        tree.push_leaf(&listed);
        assert_eq!(tree.root(), hash(&roots[tree.size().to_string()]));
    }
    assert_eq!(tree.size(), 39);
}

#[test]
fn every_declaration_is_encoded_as_listed() {
    let mut declarations = 0;
    for listed in entries() {
        let decoded = Entry::decode(&listed).expect("the vectors are good");
        let (LOG_KIND, PayloadRef::Inline(payload)) = (decoded.stream.kind, decoded.payload) else { continue };
        let declaration = Declaration::decode(decoded.event, payload).expect("the vectors are good");
        assert_eq!(declaration.event(), decoded.event);
        assert_eq!(hex::encode(declaration.encode()), hex::encode(payload));
        declarations += 1;
    }
    assert_eq!(declarations, 22);
}

#[test]
fn every_derived_hash_is_the_listed_one() {
    let key = |name: &str| SecretKey::new(hash(&VECTORS[name]).0);
    let digest_key = key("digest_key (of the organizations and the platform alike, in these vectors)");
    let claim_key = key("log_claim_key");
    for vector in list(&VECTORS["derived"]) {
        let derived = match text(&vector["what"]) {
            "idempotency hash" => {
                let actor = &vector["actor"];
                let (route, key) = (text(&vector["route"]), text(&vector["key"]));
                digest_key.idempotency(text(&actor[0]), id(&actor[1]), route, key)
            }
            "request digest" => digest_key.request(text(&vector["rfc8785"])),
            "claim hash" => {
                let namespace = Some(id(&vector["namespace"])).filter(|id| !id.is_nil());
                claim_key.claim(namespace, text(&vector["scope"]), text(&vector["name"]))
            }
            "detached digest" => Hash::of_detached(&bytes(&vector["body"])),
            other => panic!("nothing derives {other}"),
        };
        assert_eq!(derived, hash(&vector["hash"]), "{vector}");
    }
}

#[test]
fn every_inclusion_proof_is_the_listed_one() {
    let leaves: Vec<Hash> = entries().iter().map(|entry| leaf_hash(entry)).collect();
    for vector in list(&VECTORS["inclusion_proofs"]) {
        let (size, index) = (number(&vector["size"]), number(&vector["index"]));
        let proof: Vec<Hash> = list(&vector["proof"]).iter().map(hash).collect();
        let root = hash(&VECTORS["roots"][size.to_string()]);
        assert_eq!(inclusion_proof(&leaves[..size as usize], index), proof);
        assert!(check_inclusion(leaves[index as usize], index, size, &proof, root));
    }
}

#[test]
fn every_checkpoint_is_signed_to_the_listed_text() {
    let signers = signers();
    let listed_keys: Vec<VerifierKey> =
        list(&VECTORS["keys"]).iter().map(|key| text(key).parse().expect("the vectors are good")).collect();
    assert_eq!(signers.iter().map(|signer| signer.verifier().clone()).collect::<Vec<_>>(), listed_keys);
    assert_eq!(listed_keys.iter().map(ToString::to_string).collect::<Vec<_>>(), list(&VECTORS["keys"]));

    let [first, second] = &signers;
    for (listed, by) in list(&VECTORS["checkpoints"]).iter().zip([vec![second, first], vec![second]]) {
        let read: SignedCheckpoint = text(listed).parse().expect("the vectors are good");
        assert_eq!(read.to_string(), text(listed));
        let Checkpoint { origin, size, root } = read.checkpoint().clone();
        assert_eq!(root, hash(&VECTORS["roots"][size.to_string()]));
        let signed = SignedCheckpoint::sign(Checkpoint { origin, size, root }, &by);
        assert_eq!(signed.to_string(), text(listed));
    }
}

/// The two keys that sign the vectors.
pub(crate) fn signers() -> [Signer; 2] {
    [0, 1].map(|n| {
        let seed: [u8; 32] = Sha256::digest(text(&VECTORS["seeds"][n])).into();
        Signer::from_seed("gpuaas.example/log/vectors", &seed).expect("the origin is good")
    })
}
