use super::*;
use crate::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use crate::hash::Hash;
use crate::tree::{Frontier, consistency_proof, empty_root, leaf_hash};

const ORIGIN: &str = "example.org/log";
const NOW: u64 = 1_700_000_000;

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).expect("the name is good")
}

/// The leaves of a history: the first `shared` are the same in all.
fn leaves(size: u64, shared: u64, history: u8) -> Vec<Hash> {
    let leaf = |n: u64| leaf_hash(&[&n.to_be_bytes()[..], &[if n < shared { 0 } else { history }]].concat());
    (0..size).map(leaf).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push_hash(*leaf));
    frontier.root()
}

fn checkpoint(leaves: &[Hash]) -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size: leaves.len() as u64, root: root(leaves) }
}

fn request(old: u64, leaves: &[Hash]) -> AddCheckpoint {
    let signed = SignedCheckpoint::sign(checkpoint(leaves), &[&signer()]);
    AddCheckpoint { old, proof: consistency_proof(leaves, old), signed }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn open(&self) -> Witness {
        self.try_open().expect("it begins")
    }

    fn try_open(&self) -> Result<Witness, WitnessError> {
        Witness::open(self.0.path(), Some("witness.example/w"), vec![signer().verifier().clone()])
    }

    /// The one file that ends so.
    fn record(&self) -> PathBuf {
        let files = std::fs::read_dir(self.0.path()).expect("it can be read");
        let mut found = files.map(|file| file.expect("an entry").path());
        found.find(|path| path.extension().is_some_and(|end| end == "checkpoint")).expect("there is a record")
    }
}

fn add(witness: &Witness, request: &AddCheckpoint) -> Result<u64, Refusal> {
    let line = witness.add_checkpoint(request.to_body().as_bytes(), NOW)?;
    Ok(witness.key().time_of(request.signed.checkpoint(), &line).expect("it cosigned what was asked"))
}

#[test]
fn a_request_reads_what_it_prints() {
    for old in [0, 3, 8] {
        let request = request(old, &leaves(8, 8, 0));
        assert_eq!(AddCheckpoint::parse(request.to_body().as_bytes()), Ok(request));
    }
}

#[test]
fn a_tree_that_goes_on_is_cosigned_and_remembered() {
    let place = Place::new();
    let witness = place.open();
    for (old, size) in [(0, 3), (3, 3), (3, 8), (8, 21)] {
        assert_eq!(add(&witness, &request(old, &leaves(size, 99, 0))).expect("it goes on"), NOW);
    }
    assert!(matches!(place.try_open(), Err(WitnessError::InUse(_))));
    drop(witness);
    let witness = place.open();
    assert!(matches!(add(&witness, &request(0, &leaves(21, 99, 0))), Err(Refusal::Conflict(21))));
    add(&witness, &request(21, &leaves(30, 99, 0))).expect("it goes on after a restart");
    let shown = witness.latest(&origin_hash(ORIGIN)).expect("it can be read").expect("there is one");
    let shown: SignedCheckpoint = shown.parse().expect("it is a checkpoint");
    assert!(shown.checkpoint().size == 30 && shown.is_signed_by(signer().verifier()));
    assert_eq!(crate::cosignature::cosignatures(&shown, [witness.key()]).expect("none is forged").len(), 1);
    assert!(witness.latest(&origin_hash("another")).expect("it is not known").is_none());
}

#[test]
fn a_fork_is_refused_by_a_witness_that_has_seen_the_newer_tree() {
    let place = Place::new();
    let witness = place.open();
    add(&witness, &request(0, &leaves(20, 10, 1))).expect("the first history");
    let before = std::fs::read(place.record()).expect("there is a record");
    // Two trees of one size prove it; of a larger one only the proof is found to be none.
    let forked = request(20, &leaves(20, 10, 2));
    let Err(Refusal::Forked { cosigned, refused }) = add(&witness, &forked) else { panic!("it is another tree") };
    assert_eq!((cosigned.as_bytes(), refused), (&*before, forked.signed.to_string()));
    let refused = add(&witness, &request(20, &leaves(25, 10, 2)));
    assert!(matches!(refused, Err(Refusal::Inconsistent(_))), "{refused:?}");
    // From the size at which both histories were one.
    assert!(matches!(add(&witness, &request(10, &leaves(25, 10, 2))), Err(Refusal::Conflict(20))));
    // And back to it.
    assert!(matches!(add(&witness, &request(10, &leaves(10, 10, 2))), Err(Refusal::Conflict(20))));
    assert_eq!(std::fs::read(place.record()).expect("it is there"), before, "nothing was recorded");
    add(&witness, &request(20, &leaves(25, 10, 1))).expect("the first history goes on");
}

#[test]
fn every_refusal_is_the_one_that_the_specification_names() {
    let witness_place = Place::new();
    let witness = witness_place.open();
    let good = request(0, &leaves(8, 8, 0));
    let stranger = Signer::from_seed(ORIGIN, &[8; 32]).expect("the name is good");
    let unknown = Signer::from_seed("example.org/other", &[7; 32]).expect("the name is good");
    let by = |signer: &Signer, origin: &str| {
        let checkpoint = Checkpoint { origin: origin.to_owned(), ..good.signed.checkpoint().clone() };
        AddCheckpoint { signed: SignedCheckpoint::sign(checkpoint, &[signer]), ..good.clone() }
    };
    assert!(matches!(add(&witness, &by(&unknown, "example.org/other")), Err(Refusal::UnknownLog)));
    assert!(matches!(add(&witness, &by(&stranger, ORIGIN)), Err(Refusal::Untrusted(_))));
    let larger = Checkpoint { size: 9, ..good.signed.checkpoint().clone() };
    let forged = SignedCheckpoint::of(larger, good.signed.lines().to_vec());
    assert!(matches!(add(&witness, &AddCheckpoint { signed: forged, ..good.clone() }), Err(Refusal::Untrusted(_))));
    assert!(matches!(add(&witness, &AddCheckpoint { old: 9, ..good.clone() }), Err(Refusal::Malformed(_))));
    assert!(matches!(add(&witness, &AddCheckpoint { old: 3, ..good.clone() }), Err(Refusal::Conflict(0))));
    let proof = vec![Hash::ZERO];
    assert!(matches!(add(&witness, &AddCheckpoint { proof, ..good.clone() }), Err(Refusal::Inconsistent(_))));
    let hollow = Checkpoint { size: 0, ..good.signed.checkpoint().clone() };
    let hollow = AddCheckpoint { signed: SignedCheckpoint::sign(hollow, &[&signer()]), ..good.clone() };
    assert!(matches!(add(&witness, &hollow), Err(Refusal::Inconsistent(_))));
    let empty = Checkpoint { size: 0, root: empty_root(), origin: ORIGIN.to_owned() };
    let empty = AddCheckpoint { signed: SignedCheckpoint::sign(empty, &[&signer()]), ..good.clone() };
    add(&witness, &empty).expect("an empty log is one");
    let text = good.to_body();
    for (from, to) in [("old 0\n", ""), ("old 0", "old 00"), ("old 0\n\n", "old 0\n"), ("old 0\n", "old 0\nAAAA\n")] {
        let refused = witness.add_checkpoint(text.replacen(from, to, 1).as_bytes(), NOW);
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{from:?} {to:?} {refused:?}");
    }
    let long = AddCheckpoint { proof: vec![Hash::ZERO; 64], ..good };
    assert!(matches!(add(&witness, &long), Err(Refusal::Malformed(_))));
}

#[test]
fn of_many_requests_from_one_size_only_one_history_goes_on() {
    let place = Place::new();
    let witness = place.open();
    add(&witness, &request(0, &leaves(4, 4, 0))).expect("the first");
    let cosigned: Vec<u8> = std::thread::scope(|scope| {
        let ask = |history: u8| {
            let witness = &witness;
            scope.spawn(move || add(witness, &request(4, &leaves(9, 4, history))).ok().map(|_| history))
        };
        let asked: Vec<_> = (1..9).map(ask).collect();
        asked.into_iter().filter_map(|thread| thread.join().expect("it ends")).collect()
    });
    assert_eq!(cosigned.len(), 1, "{cosigned:?}");
}

#[test]
fn a_line_that_is_repeated_does_not_push_the_witness_out_of_its_record() {
    let place = Place::new();
    let published = request(0, &leaves(4, 4, 0));
    let witness = place.open();
    add(&witness, &published).expect("the first");
    let lines: Vec<_> = std::iter::repeat_n(published.signed.lines()[0].clone(), 16).collect();
    let signed = SignedCheckpoint::of(published.signed.checkpoint().clone(), lines);
    add(&witness, &AddCheckpoint { old: 4, proof: Vec::new(), signed }).expect("it is the same tree");
    drop(witness);
    let witness = place.open();
    let record: SignedCheckpoint =
        std::fs::read_to_string(place.record()).expect("it is there").parse().expect("it is a checkpoint");
    assert_eq!(record.lines().len(), 2, "{record}");
    add(&witness, &request(4, &leaves(9, 9, 0))).expect("it goes on");
}

#[test]
fn a_clock_that_was_put_back_does_not_show() {
    let place = Place::new();
    let witness = place.open();
    add(&witness, &request(0, &leaves(4, 4, 0))).expect("the first");
    let next = request(4, &leaves(9, 9, 0));
    let line = witness.add_checkpoint(next.to_body().as_bytes(), NOW - 1_000).expect("it goes on");
    assert_eq!(witness.key().time_of(next.signed.checkpoint(), &line), Some(NOW));
}

#[test]
fn a_record_that_this_witness_did_not_write_ends_it() {
    let place = Place::new();
    add(&place.open(), &request(0, &leaves(4, 4, 0))).expect("the first");
    let record = place.record();
    let good = std::fs::read_to_string(&record).expect("it is there");
    for bad in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replacen("\n4\n", "\n3\n", 1),
        SignedCheckpoint::sign(checkpoint(&leaves(4, 4, 0)), &[&signer()]).to_string(),
    ] {
        std::fs::write(&record, &bad).expect("it can be written");
        assert!(matches!(place.try_open(), Err(WitnessError::File { .. })), "{bad}");
    }
    std::fs::write(&record, good).expect("it can be written");
    assert_eq!(place.open().origins().collect::<Vec<_>>(), [ORIGIN]);
}

#[test]
fn a_key_is_made_once_and_under_its_name() {
    let place = Place::new();
    assert!(matches!(Witness::open(place.0.path(), None, Vec::new()), Err(WitnessError::NoName(_))));
    let key = Witness::key_in(place.0.path(), Some("witness.example/w")).expect("it is made");
    assert_eq!(Witness::key_in(place.0.path(), None).expect("it is there"), key);
    assert_eq!(place.open().key(), &key);
    let renamed = Witness::key_in(place.0.path(), Some("witness.example/v"));
    assert!(matches!(renamed, Err(WitnessError::OtherName { .. })));
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(place.0.path().join("key")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
