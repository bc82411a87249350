use super::*;
use crate::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use crate::cosignature::Cosigner;
use crate::hash::Hash;

const ORIGIN: &str = "example.org/log";

fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN, &[seed; 32]).expect("the name is good")
}

fn witness(seed: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness.example/{seed}"), &[100 + seed; 32]).expect("the name is good")
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size: 7, root: Hash([9; 32]) }
}

/// Signed by the log's key and cosigned by these.
fn cosigned(by: &[u8]) -> SignedCheckpoint {
    let lines = by.iter().map(|seed| witness(*seed).cosign(&checkpoint(), 1_000 + u64::from(*seed)));
    SignedCheckpoint::sign(checkpoint(), &[&signer(1)]).with(lines)
}

/// The example of the specification.
fn example() -> String {
    let mut text = format!("# who watches\n\nlog {}\n", signer(1).verifier());
    for (name, seed) in [("X1", 1), ("X2", 2), ("X3", 3), ("Y1", 4), ("Y2", 5), ("Y3", 6)] {
        text += &format!("witness {name}\t{} https://{name}.example/\n", witness(seed).key());
    }
    text + "  group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n\
            group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

fn judge(policy: &str, by: &[u8]) -> Result<Vec<String>, Unmet> {
    let policy: Policy = policy.parse().expect("the policy is good");
    let met = policy.judge(&cosigned(by), Trust::default())?;
    Ok(met.seen.into_iter().map(|seen| seen.witness).collect())
}

#[test]
fn groups_of_groups_count_as_the_specification_says() {
    let example = example();
    for by in [&[1, 2, 4][..], &[1, 3, 6], &[1, 2, 3, 4, 5, 6]] {
        assert_eq!(judge(&example, by).map(|seen| seen.len()), Ok(by.len()), "{by:?}");
    }
    for by in [&[][..], &[1, 4], &[1, 2, 3], &[4, 5, 6], &[1, 4, 5, 6]] {
        assert!(matches!(judge(&example, by), Err(Unmet::Quorum { .. })), "{by:?}");
    }
    let why = judge(&example, &[1, 4]).expect_err("one of X is missing").to_string();
    assert_eq!(
        why,
        "the checkpoint is cosigned by X1, Y1; the policy demands 2 of (2 of (X1, X2, X3), 1 of (Y1, Y2, Y3))"
    );
}

#[test]
fn a_policy_of_two_witnesses_rejects_one() {
    let text = format!(
        "log {}\nwitness a {}\nwitness b {}\ngroup both all a b\nquorum both\n",
        signer(1).verifier(),
        witness(1).key(),
        witness(2).key()
    );
    assert!(judge(&text, &[1, 2]).is_ok());
    for by in [&[1][..], &[2], &[3, 4], &[1, 1]] {
        assert!(matches!(judge(&text, by), Err(Unmet::Quorum { .. })), "{by:?}");
    }
}

#[test]
fn a_checkpoint_of_an_unknown_log_or_with_a_forged_line_is_refused() {
    let text = format!("log {}\nquorum none\n", signer(2).verifier());
    assert_eq!(judge(&text, &[]), Err(Unmet::UnknownLog));
    assert_eq!(judge("quorum none\n", &[]), Err(Unmet::NoLog));
    let policy: Policy = example().parse().expect("it is good");
    let other = Checkpoint { size: 8, ..checkpoint() };
    let lines = [1, 2, 4].map(|seed| witness(seed).cosign(&checkpoint(), 1));
    let forged = SignedCheckpoint::sign(other, &[&signer(1)]).with(lines);
    assert_eq!(policy.judge(&forged, Trust::default()), Err(Unmet::Forged));
}

#[test]
fn keys_from_elsewhere_count_and_excepted_ones_do_not() {
    let empty: Policy = "quorum none\n".parse().expect("it is good");
    let (one, two) = ([signer(1).verifier().clone()], [signer(2).verifier().clone()]);
    let signed = cosigned(&[]);
    assert!(empty.judge(&signed, Trust { also: &one, except: &[] }).is_ok());
    assert_eq!(empty.judge(&signed, Trust { also: &two, except: &[] }), Err(Unmet::UnknownLog));
    assert_eq!(empty.judge(&signed, Trust { also: &one, except: &one }), Err(Unmet::UnknownLog));
}

#[test]
fn a_file_that_says_something_else_is_refused_with_its_line() {
    let (log, one, two) = (signer(1), witness(1), witness(2));
    let (log, one, two) = (log.verifier().to_string(), one.key().to_string(), two.key().to_string());
    let renamed = Cosigner::from_seed("another.name", &witness(1).seed()).expect("the name is good");
    for (text, line, why) in [
        (String::new(), 1, "not ended"),
        ("quorum none".to_owned(), 1, "not ended"),
        ("\n".to_owned(), 2, "no quorum"),
        ("quorum none\nquorum none\n".to_owned(), 2, "above already"),
        ("quorum a\n".to_owned(), 1, "no witness or group above"),
        (format!("quorum a\nwitness a {one}\n"), 1, "no witness or group above"),
        (format!("log {one}\n"), 1, "that of a log's key"),
        (format!("witness a {log}\n"), 1, "that of a witness's key"),
        (format!("log {log}\nlog {log}\n"), 2, "above already"),
        (format!("witness a {one}\nwitness b {}\n", renamed.key()), 2, "above already"),
        (format!("witness a {one}\nwitness a {two}\n"), 2, "above already"),
        (format!("witness none {one}\n"), 1, "no witness at all"),
        (format!("witness a {one} https://a b\n"), 1, "witness NAME VKEY"),
        (format!("witness a {one}\ngroup g 2 a\n"), 2, "from 1 to 1"),
        (format!("witness a {one}\ngroup g 0 a\n"), 2, "from 1 to 1"),
        (format!("witness a {one}\ngroup g 01 a\n"), 2, "from 1 to 1"),
        (format!("witness a {one}\ngroup g all\n"), 2, "group NAME"),
        (format!("witness a {one}\ngroup g all none\n"), 2, "no witness or group above"),
        (format!("witness a {one}\ngroup g 1 a a\n"), 2, "in a group already"),
        (format!("witness a {one}\ngroup g any a\ngroup h any a\n"), 3, "in a group already"),
        (format!("witness a {one}\ngroup g any g\n"), 2, "no witness or group above"),
        ("key a\n".to_owned(), 1, "begins no line"),
        ("quorum none\r\n".to_owned(), 1, "control character"),
        ("quorum \u{7f}\n".to_owned(), 1, "control character"),
    ] {
        let error = text.parse::<Policy>().expect_err(&text);
        assert!(error.line == line && error.why.contains(why), "{text:?}: {error}");
    }
}

#[test]
fn names_are_octets() {
    let (kelvin, witness) = ("\u{212a}", witness(1));
    let text = format!("witness {kelvin} {0}\nquorum K\n", witness.key());
    assert!(text.parse::<Policy>().is_err(), "K is another name than the Kelvin sign");
    let mut bytes = b"witness \xff ".to_vec();
    bytes.extend_from_slice(format!("{}\nquorum ", witness.key()).as_bytes());
    bytes.extend_from_slice(b"\xff\n");
    let policy = Policy::parse(&bytes).expect("any octet may be in a name");
    assert!(policy.needs_witnesses());
}
