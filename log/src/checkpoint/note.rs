//! The signed note: a text, an empty line, and lines of signatures.

use std::fmt;
use std::str::FromStr;

use foldhash::HashMap;

use super::{Checkpoint, Signer, VerifierKey, from_base64, is_origin, to_base64};

/// Most lines of signatures that a reader takes.
pub const MAX_SIGNATURES: usize = 16;

/// Why a text is not a signed checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signed checkpoint: {0}")]
pub struct NoteError(pub &'static str);

/// One line of signatures, of whatever algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

impl SignatureLine {
    /// A signature under a key's name and id.
    #[must_use]
    pub fn new(name: &str, key_id: [u8; 4], signature: Vec<u8>) -> Self {
        Self { name: name.to_owned(), key_id, signature }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// The signature's bytes, as the key's algorithm has them.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl FromStr for SignatureLine {
    type Err = NoteError;

    /// Reads a line, without its end.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        signature_line(line)
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id[..], &self.signature].concat();
        write!(f, "— {} {}", self.name, to_base64(&bytes))
    }
}

/// A checkpoint with its signatures, whose keys need not be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<SignatureLine>,
}

impl SignedCheckpoint {
    /// Signs with each key, in that order.
    #[must_use]
    pub fn sign(checkpoint: Checkpoint, signers: &[&Signer]) -> Self {
        let text = checkpoint.to_text();
        let line = |signer: &&Signer| signer.verifier().line(&signer.sign(&text));
        Self { checkpoint, signatures: signers.iter().map(line).collect() }
    }

    /// With the signatures that were made of its text.
    #[must_use]
    pub fn of(checkpoint: Checkpoint, signatures: Vec<SignatureLine>) -> Self {
        Self { checkpoint, signatures }
    }

    /// With further signatures: one of each key, and no more than a reader takes.
    #[must_use]
    pub fn with(mut self, lines: impl IntoIterator<Item = SignatureLine>) -> Self {
        for line in lines {
            let is_new = |known: &SignatureLine| (&known.name, known.key_id) != (&line.name, line.key_id);
            if self.signatures.len() < MAX_SIGNATURES && self.signatures.iter().all(is_new) {
                self.signatures.push(line);
            }
        }
        self
    }

    /// The lines of signatures, of known keys and others.
    #[must_use]
    pub fn lines(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// What is signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Reads the bytes of a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        std::str::from_utf8(bytes).map_err(|_| NoteError("not UTF-8"))?.parse()
    }

    /// Whether this key signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.signers(&KnownKeys::of([key])).is_ok_and(|signers| !signers.is_empty())
    }

    /// The known keys that signed it. Lines of other keys are ignored; a line of a known
    /// key that does not verify makes the whole note worthless.
    pub fn signers<'k>(&self, known: &KnownKeys<'k>) -> Result<Vec<&'k VerifierKey>, ForgedSignature> {
        let text = self.checkpoint.to_text();
        let mut signers = Vec::new();
        for line in &self.signatures {
            for key in known.named(&line.name, line.key_id) {
                if !key.verify(&text, &line.signature) {
                    return Err(ForgedSignature);
                }
                signers.push(key);
            }
        }
        Ok(signers)
    }
}

/// A line of signatures claims to be of a known key and does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature of a known key does not verify")]
pub struct ForgedSignature;

/// Keys by what a line of signatures tells of them.
#[derive(Debug, Default)]
pub struct KnownKeys<'k> {
    by_id: HashMap<[u8; 4], Vec<&'k VerifierKey>>,
}

impl<'k> KnownKeys<'k> {
    /// These keys.
    pub fn of(keys: impl IntoIterator<Item = &'k VerifierKey>) -> Self {
        let mut known = Self::default();
        for key in keys {
            let same_id = known.by_id.entry(key.id()).or_default();
            if !same_id.contains(&key) {
                same_id.push(key);
            }
        }
        known
    }

    fn named(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = &'k VerifierKey> {
        self.by_id.get(&id).into_iter().flatten().copied().filter(move |key| key.name() == name)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        // The last empty line: signatures contain none.
        let at = note.rfind("\n\n").ok_or(NoteError("no empty line before the signatures"))?;
        let (text, rest) = note.split_at(at + 1);
        let lines = rest[1..].strip_suffix('\n').ok_or(NoteError("the last line is not ended"))?;
        let signatures = lines.split('\n').map(signature_line).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError("more than 16 signatures"));
        }
        Ok(Self { checkpoint: Checkpoint::parse(text)?, signatures })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint.to_text())?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn signature_line(line: &str) -> Result<SignatureLine, NoteError> {
    let parts = line.strip_prefix("— ").and_then(|rest| rest.split_once(' '));
    let (name, encoded) = parts.ok_or(NoteError("not a line of a signature"))?;
    if !is_origin(name) {
        return Err(NoteError("not the name of a key"));
    }
    let bytes = from_base64(encoded).ok_or(NoteError("the signature is not base64"))?;
    match bytes.split_first_chunk() {
        Some((key_id, signature)) if !signature.is_empty() => {
            Ok(SignatureLine { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
        }
        _ => Err(NoteError("the signature is too short")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    const ORIGIN: &str = "example.org/log";

    fn signer(seed: u8) -> Signer {
        Signer::from_seed(ORIGIN, &[seed; 32]).expect("the name is good")
    }

    fn signed() -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 7, root: Hash([9; 32]) };
        SignedCheckpoint::sign(checkpoint, &[&signer(1), &signer(2)])
    }

    #[test]
    fn a_note_reads_what_it_prints() {
        assert_eq!(signed().to_string().parse(), Ok(signed()));
    }

    #[test]
    fn a_signature_counts_for_its_own_key_alone() {
        let note = signed();
        assert!(note.is_signed_by(signer(1).verifier()) && note.is_signed_by(signer(2).verifier()));
        assert!(!note.is_signed_by(signer(3).verifier()));
        let (one, three) = (signer(1), signer(3));
        assert_eq!(note.signers(&KnownKeys::of([three.verifier()])), Ok(vec![]));
        let moved = SignedCheckpoint { checkpoint: Checkpoint { size: 8, ..note.checkpoint }, ..note };
        assert_eq!(moved.signers(&KnownKeys::of([one.verifier(), three.verifier()])), Err(ForgedSignature));
        assert_eq!(moved.signers(&KnownKeys::of([three.verifier()])), Ok(vec![]));
    }

    #[test]
    fn lines_of_unknown_keys_are_taken_up_to_sixteen_in_all() {
        let line = format!("— example.com/witness {}\n", to_base64(&[5; 77]));
        let printed = signed().to_string();
        let with = |lines: usize| (printed.clone() + &line.repeat(lines)).parse::<SignedCheckpoint>();
        assert!(with(14).is_ok_and(|note| note.is_signed_by(signer(1).verifier())));
        assert!(with(15).is_err());
    }

    #[test]
    fn anything_else_than_three_lines_and_signatures_is_refused() {
        let good = signed().to_string();
        for (from, to) in [
            ("\n7\n", "\n07\n"),
            ("\n7\n", "\n+7\n"),
            ("\n7\n", "\n9007199254740992\n"),
            ("\n7\n", "\n7\nextension\n"),
            ("\n7\n", "\n"),
            ("=\n\n", "\n\n"),
            ("CQk=\n", "CQl=\n"),
            ("— ", "- "),
            ("\n\n", "\n"),
            ("\n\n", "\n\n\n"),
            ("example.org/log\n7", "\n7"),
            ("\n", "\r\n"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from:?} is there");
            assert!(bad.parse::<SignedCheckpoint>().is_err(), "{bad}");
        }
        assert!(good.trim_end().parse::<SignedCheckpoint>().is_err());
        assert!(SignedCheckpoint::parse(b"\xff\n\n").is_err());
    }
}
