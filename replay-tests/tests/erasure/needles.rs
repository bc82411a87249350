//! The forms in which a text might lie in a file: as it is, in other cases and encodings, and
//! as a hash that anybody can compute.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;

/// A form of a text.
pub(super) struct Needle {
    /// What it is, for whoever reads that it was found.
    pub(super) what: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// All forms of some texts, to be found in one pass.
pub(super) struct Needles {
    /// Every one.
    pub(super) all: Vec<Needle>,
    /// Whether one begins with these two bytes.
    begins: Vec<bool>,
    /// Which begin with these four bytes.
    by_begin: HashMap<[u8; 4], Vec<usize>>,
}

impl Needles {
    /// All forms of these texts.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut needles = Self { all: Vec::new(), begins: vec![false; 1 << 16], by_begin: HashMap::new() };
        for text in texts {
            assert!(text.len() >= 8, "{text} could be anywhere by chance");
            needles.text(text);
        }
        needles
    }

    fn text(&mut self, text: &str) {
        for (case, text) in [("", text.to_owned()), ("lower ", text.to_lowercase()), ("upper ", text.to_uppercase())] {
            self.add(format!("{case}{text:?} percent-encoded"), percent(&text).into_bytes());
            for (encoding, bytes) in encodings(&text) {
                let what = format!("{case}{text:?} in {encoding}");
                self.bytes(&what, &bytes);
                for (name, digest) in digests(&bytes) {
                    self.bytes(&format!("{name} of {what}"), &digest);
                }
            }
        }
    }

    /// Bytes as they are, in hex and in base64 at each of its three offsets.
    fn bytes(&mut self, what: &str, bytes: &[u8]) {
        self.add(what.to_owned(), bytes.to_vec());
        self.add(format!("{what}, hex"), hex::encode(bytes).into_bytes());
        self.add(format!("{what}, HEX"), hex::encode_upper(bytes).into_bytes());
        for offset in 0..3 {
            let shifted = [&[0; 2][..offset], bytes].concat();
            // What mixes with the bytes before and after is left out.
            let whole = shifted.len() / 3 * 4;
            let from = if offset == 0 { 0 } else { 4 };
            for (name, engine) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
                let text = engine.encode(&shifted);
                self.add(format!("{what}, {name} at {offset}"), text.as_bytes()[from..whole].to_vec());
            }
        }
    }

    fn add(&mut self, what: String, bytes: Vec<u8>) {
        let begin = *bytes.first_chunk::<4>().expect("no form is that short");
        self.begins[usize::from(u16::from_be_bytes([begin[0], begin[1]]))] = true;
        self.by_begin.entry(begin).or_default().push(self.all.len());
        self.all.push(Needle { what, bytes });
    }

    /// What of them is in these bytes, and where it first is.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<(&Needle, usize)> {
        let mut found: Vec<(&Needle, usize)> = Vec::new();
        let mut at = 0;
        // A plain loop: this passes over a hundred million bytes without optimization.
        while at + 4 <= bytes.len() {
            if self.begins[(usize::from(bytes[at]) << 8) | usize::from(bytes[at + 1])] {
                let begin = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                for number in self.by_begin.get(&begin).into_iter().flatten() {
                    let needle = &self.all[*number];
                    let known = found.iter().any(|(known, _)| known.what == needle.what);
                    if !known && bytes[at..].starts_with(&needle.bytes) {
                        found.push((needle, at));
                    }
                }
            }
            at += 1;
        }
        found
    }
}

/// As it is in a URL.
pub(super) fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let byte = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}

fn encodings(text: &str) -> [(&'static str, Vec<u8>); 3] {
    let units: Vec<u16> = text.encode_utf16().collect();
    [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-16LE", units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        ("UTF-16BE", units.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
    ]
}

fn digests(bytes: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    use md5::Digest as _;
    [
        ("SHA-256", <Sha256 as sha2::Digest>::digest(bytes).to_vec()),
        ("SHA-1", <Sha1 as sha1::Digest>::digest(bytes).to_vec()),
        ("MD5", Md5::digest(bytes).to_vec()),
        ("BLAKE3", blake3::hash(bytes).as_bytes().to_vec()),
    ]
}

#[test]
fn every_form_is_found_wherever_it_lies() {
    let needles = Needles::of(["Ada Lovelace", "ada@example.org"]);
    assert!(needles.all.len() > 600, "{}", needles.all.len());
    for (number, needle) in needles.all.iter().enumerate() {
        let mut bytes: Vec<u8> = (0..number).map(|byte| byte as u8).collect();
        bytes.extend_from_slice(&needle.bytes);
        let found = needles.find(&bytes);
        assert!(found.iter().any(|(found, at)| found.bytes == needle.bytes && *at <= number), "{}", needle.what);
    }
    assert!(needles.find(b"Ada Lovelac3 and ada(at)example.org").is_empty());
    // Forms that other programs made of the address: sha256sum, sha1sum, md5sum, base64 and iconv.
    for known in [
        "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
        "3c1b5f0cb91772d027dcdde8fb749091db780cbb",
        "5bfcf2d8e394674550332640d72db509",
        "YWRhQGV4YW1wbGUub3Jn",
        "61006400610040006500780061006d0070006c0065002e006f0072006700",
    ] {
        assert!(!needles.find(known.as_bytes()).is_empty(), "{known}");
        let raw = hex::decode(known).unwrap_or_default();
        assert!(raw.is_empty() || !needles.find(&raw).is_empty(), "{known}");
    }
}
