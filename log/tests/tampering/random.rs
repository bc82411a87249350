//! Ten thousand random tamperings of each kind of export. The seed is printed;
//! `GPUAAS_TAMPERING_SEED` sets another one.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

use super::judge::{Good, Outcome};
use super::pieces::{Piece, places, put_together, resized, size_of};

/// How many of each.
const TAMPERINGS: usize = 10_000;
/// The seed of the gate.
const SEED: u64 = 20_261_126;

/// Somebody who alters files.
struct Tamperer<'g> {
    good: &'g Good,
    chance: StdRng,
}

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
enum Way {
    ToBytes(BytesWay),
    ToSections(SectionsWay),
}

#[derive(Debug, Clone, Copy)]
enum BytesWay {
    Flip,
    Delete,
    Insert,
    Overwrite,
    Move,
    Cut,
}

#[derive(Debug, Clone, Copy)]
enum SectionsWay {
    Delete,
    Repeat,
    Move,
    Swap,
    Retype,
    Insert,
    ReplaceBody,
    Cut,
    CutToCheckpoint,
    EditSignatures,
}

const WAYS: [Way; 16] = [
    Way::ToBytes(BytesWay::Flip),
    Way::ToBytes(BytesWay::Delete),
    Way::ToBytes(BytesWay::Insert),
    Way::ToBytes(BytesWay::Overwrite),
    Way::ToBytes(BytesWay::Move),
    Way::ToBytes(BytesWay::Cut),
    Way::ToSections(SectionsWay::Delete),
    Way::ToSections(SectionsWay::Repeat),
    Way::ToSections(SectionsWay::Move),
    Way::ToSections(SectionsWay::Swap),
    Way::ToSections(SectionsWay::Retype),
    Way::ToSections(SectionsWay::Insert),
    Way::ToSections(SectionsWay::ReplaceBody),
    Way::ToSections(SectionsWay::Cut),
    Way::ToSections(SectionsWay::CutToCheckpoint),
    Way::ToSections(SectionsWay::EditSignatures),
];

impl Tamperer<'_> {
    fn tamper(&mut self, way: Way) -> Vec<u8> {
        match way {
            Way::ToBytes(way) => self.bytes(way),
            Way::ToSections(way) => self.sections(way),
        }
    }

    fn bytes(&mut self, way: BytesWay) -> Vec<u8> {
        let mut file = self.good.bytes.clone();
        let at = self.chance.random_range(0..file.len());
        let until = (at + self.chance.random_range(1..300)).min(file.len());
        match way {
            BytesWay::Flip => {
                for _ in 0..self.chance.random_range(1..4) {
                    let at = self.chance.random_range(0..file.len());
                    file[at] ^= 1 << self.chance.random_range(0..8);
                }
            }
            BytesWay::Delete => drop(file.drain(at..until)),
            BytesWay::Insert => drop(file.splice(at..at, self.noise(until - at))),
            BytesWay::Overwrite => drop(file.splice(at..until, self.noise(until - at))),
            BytesWay::Move => {
                let piece: Vec<u8> = file.drain(at..until).collect();
                let to = self.chance.random_range(0..=file.len());
                file.splice(to..to, piece);
            }
            BytesWay::Cut => file.truncate(at),
        }
        file
    }

    fn sections(&mut self, way: SectionsWay) -> Vec<u8> {
        let mut pieces = self.good.pieces.clone();
        let (one, other) = (self.chance.random_range(0..pieces.len()), self.chance.random_range(0..pieces.len()));
        match way {
            SectionsWay::Delete => {
                let until = (one + self.chance.random_range(1..4)).min(pieces.len());
                pieces.drain(one..until);
            }
            SectionsWay::Repeat => pieces.insert(other, self.good.pieces[one].clone()),
            SectionsWay::Move => {
                let piece = pieces.remove(one);
                pieces.insert(other.min(pieces.len()), piece);
            }
            SectionsWay::Swap => pieces.swap(one, other),
            SectionsWay::Retype => pieces[one].0 = self.kind(),
            SectionsWay::Insert => {
                let length = self.chance.random_range(0..80);
                let new = (self.kind(), self.noise(length));
                pieces.insert(one, new);
            }
            SectionsWay::ReplaceBody => pieces[one].1 = self.good.pieces[other].1.clone(),
            SectionsWay::Cut => drop(pieces.drain(one..pieces.len() - 1)),
            SectionsWay::CutToCheckpoint => self.cut_to_checkpoint(&mut pieces),
            SectionsWay::EditSignatures => self.edit_signatures(&mut pieces),
        }
        put_together(&pieces)
    }

    fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.chance.fill_bytes(&mut bytes);
        bytes
    }

    /// A type of section: mostly a known one.
    fn kind(&mut self) -> u8 {
        match self.chance.random_range(0..3) {
            0 => self.chance.random(),
            1 => self.chance.random_range(b'a'..=b'z'),
            _ => *b"TBECXPHZS".choose(&mut self.chance).unwrap(),
        }
    }

    /// A log that ends where it once ended, told as if it had never gone on; or one without
    /// its last entries.
    fn cut_to_checkpoint(&mut self, pieces: &mut Vec<Piece>) {
        let checkpoints = places(pieces, b'C');
        let kept = *checkpoints.choose(&mut self.chance).unwrap();
        let (size, last) = (size_of(&pieces[kept]), size_of(&pieces[checkpoints[checkpoints.len() - 1]]));
        let entries = places(pieces, b'E');
        if size == last {
            let gone = self.chance.random_range(1..=entries.len());
            pieces.drain(entries[entries.len() - gone]..=entries[entries.len() - 1]);
            return;
        }
        pieces[0] = resized(&pieces[0], last, size);
        pieces.truncate(kept + 1);
        pieces.drain(entries[usize::try_from(size).unwrap()]..kept);
        pieces.push((b'Z', Vec::new()));
    }

    /// Signature lines that are added, removed or exchanged.
    fn edit_signatures(&mut self, pieces: &mut [Piece]) {
        let place = *places(pieces, b'C').choose(&mut self.chance).unwrap();
        let text = String::from_utf8(pieces[place].1.clone()).unwrap();
        let (body, signatures) = text.split_once("\n\n").unwrap();
        let mut lines: Vec<String> = signatures.lines().map(str::to_owned).collect();
        for _ in 0..self.chance.random_range(1..4) {
            let at = self.chance.random_range(0..=lines.len());
            match self.chance.random_range(0..4) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if at < lines.len() => lines.swap(0, at),
                // Of a key that nobody knows: a name, four bytes of its hash, a signature.
                _ => {
                    let unknown = data(&self.noise(68));
                    lines.insert(at, format!("\u{2014} witness.example/{} {unknown}", self.chance.random::<u16>()));
                }
            }
        }
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        pieces[place].1 = format!("{body}\n\n{lines}").into_bytes();
    }
}

fn data(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn check(name: &str) {
    let seed = std::env::var("GPUAAS_TAMPERING_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    eprintln!("seed {seed}");
    let good = Good::of(name);
    let mut tamperer = Tamperer { good: &good, chance: StdRng::seed_from_u64(seed) };
    let (mut refused, mut same, mut untouched) = ([0; WAYS.len()], 0, 0);
    let mut tampered = 0;
    while tampered < TAMPERINGS {
        let number = (tampered + untouched) % WAYS.len();
        let altered = tamperer.tamper(WAYS[number]);
        // A swap of equals is no tampering.
        if altered == good.bytes {
            untouched += 1;
            assert!(untouched < TAMPERINGS, "whoever changes nothing does not tamper");
            continue;
        }
        tampered += 1;
        match good.judge(&altered, &(seed, tampered, WAYS[number])) {
            Outcome::Refused => refused[number] += 1,
            Outcome::Same => same += 1,
        }
    }
    eprintln!("{TAMPERINGS} tamperings: {} refused, {same} the same log", refused.iter().sum::<usize>());
    assert!(refused.iter().all(|count| *count > 0), "every way has been noticed: {refused:?}");
    assert!(same > 0 && same < TAMPERINGS / 5, "{same}");
}

#[test]
fn no_tampering_makes_another_log_of_a_whole_export() {
    check("good.gpulog");
}

#[test]
fn no_tampering_makes_another_log_of_a_tenant_s_export() {
    check("owner-good.gpulog");
}
