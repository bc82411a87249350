use super::*;
use crate::checkpoint::{Checkpoint, Signer};
use crate::tree::{Frontier, consistency_proof, inclusion_proof};

const ORIGIN: &str = "example.org/log";

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

fn checkpoint(leaves: &[Hash]) -> Checkpoint {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
    Checkpoint { origin: ORIGIN.into(), size: leaves.len() as u64, root: tree.root() }
}

fn signed(leaves: &[Hash]) -> SignedCheckpoint {
    let signer = Signer::from_seed(ORIGIN, &[7; 32]).expect("the name is good");
    SignedCheckpoint::sign(checkpoint(leaves), &[&signer])
}

fn receipt() -> Receipt {
    let leaves = leaves(13);
    Receipt::new(5, inclusion_proof(&leaves, 5), signed(&leaves))
}

#[test]
fn a_receipt_reads_what_it_prints() {
    let printed = receipt().to_string();
    assert!(printed.starts_with("c2sp.org/tlog-proof@v1\nindex 5\n"), "{printed}");
    assert!(printed.contains("=\n\nexample.org/log\n13\n"), "{printed}");
    assert_eq!(printed.parse(), Ok(receipt()));
    let only = leaves(1);
    let only = Receipt::new(0, Vec::new(), signed(&only));
    assert_eq!(only.to_string().parse(), Ok(only), "a tree of one needs no hashes");
}

#[test]
fn extra_data_is_allowed_and_not_read() {
    let with = |line: &str| receipt().to_string().replace("\nindex", &format!("\n{line}\nindex")).parse::<Receipt>();
    assert_eq!(with("extra YWdl"), Ok(receipt()));
    assert!(with("extra YWd").is_err(), "not base64");
    assert!(with("other YWdl").is_err());
    assert!(with("extra YWdl\nextra YWdl").is_err());
}

#[test]
fn anything_else_than_a_proof_is_refused() {
    let good = receipt().to_string();
    for (from, to) in [
        ("@v1\n", "@v2\n"),
        ("@v1\n", "@v1\r\n"),
        ("index 5\n", ""),
        ("index 5\n", "index 05\n"),
        ("index 5\n", "index -5\n"),
        ("index 5\n", "index 9007199254740991\n"),
        ("index 5\n", "index 5\nAAAA\n"),
        ("\n\nexample", "\nexample"),
        ("\n13\n", "\n013\n"),
    ] {
        assert!(good.contains(from), "{from:?}");
        assert!(good.replacen(from, to, 1).parse::<Receipt>().is_err(), "{from:?} became {to:?}");
    }
    let many = good.replacen("index 5\n", &("index 5\n".to_owned() + &format!("{}=\n", "A".repeat(43)).repeat(127)), 1);
    assert_eq!(many.parse::<Receipt>(), Err(ProofError("it has more hashes than any tree needs")));
    assert_eq!(Receipt::parse(&[0xff]), Err(ProofError("it is not UTF-8")));
}

#[test]
fn bytes_that_are_no_entry_are_not_proved() {
    assert_eq!(receipt().check(&5u64.to_be_bytes()), Err(ReceiptFault::NotAnEntry));
}

#[test]
fn an_extension_holds_for_its_own_older_checkpoint_alone() {
    let leaves = leaves(13);
    let extension = Extension::new(6, consistency_proof(&leaves, 6), signed(&leaves));
    assert_eq!(extension.to_string().parse(), Ok(extension.clone()));
    let old = checkpoint(&leaves[..6]);
    assert_eq!(extension.check(&old), Ok(()));
    let fault = |old: Checkpoint| extension.check(&old).unwrap_err();
    assert_eq!(fault(checkpoint(&leaves[..7])), ExtensionFault::Size { old: 7, proof: 6 });
    assert_eq!(fault(Checkpoint { root: Hash::ZERO, ..old.clone() }), ExtensionFault::NotConsistent);
    let other = Checkpoint { origin: "example.com/other".into(), ..old };
    assert_eq!(fault(other), ExtensionFault::Origin { old: "example.com/other".into(), new: ORIGIN.into() });
    assert!(extension.to_string().replace("old 6", "old six").parse::<Extension>().is_err());
}
