//! Identifiers that were found good already: a log has few, and each comes again and again.

use crate::encoding::{EncodingError, Reader};
use crate::name;

/// Those found good so far, of each shape. They borrow from the bytes of which entries
/// are decoded.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(super) kinds: Identifiers<'a>,
    pub(super) names: Identifiers<'a>,
    pub(super) rules: Identifiers<'a>,
}

impl<'a> Known<'a> {
    /// None so far, to decode many entries.
    pub(crate) fn new() -> Self {
        Self::with_places(PLACES)
    }

    /// None, and none will be kept, to decode one entry.
    pub(crate) fn nothing() -> Self {
        Self::with_places(0)
    }

    fn with_places(places: usize) -> Self {
        let identifiers = |is_good, refusal| Identifiers { is_good, refusal, kept: vec![None; places] };
        Self {
            kinds: identifiers(name::is_kind, EncodingError("not a kind")),
            names: identifiers(name::is_name, EncodingError("not a name")),
            rules: identifiers(name::is_rule, EncodingError("not a rule id")),
        }
    }
}

/// How many identifiers of a shape are kept, each in the one place where it is looked for.
const PLACES: usize = 64;

/// Those of one shape.
#[derive(Debug)]
pub(super) struct Identifiers<'a> {
    is_good: fn(&str) -> bool,
    refusal: EncodingError,
    kept: Vec<Option<&'a str>>,
}

impl<'a> Identifiers<'a> {
    /// Reads the next value, which has to be an identifier of this shape.
    pub(super) fn read(&mut self, r: &mut Reader<'a>) -> Result<&'a str, EncodingError> {
        let bytes = r.str_bytes()?;
        let place = place(bytes);
        if let Some(Some(known)) = self.kept.get(place)
            && known.as_bytes() == bytes
        {
            return Ok(known);
        }
        let text = Reader::check_text(bytes)?;
        if !(self.is_good)(text) {
            return Err(self.refusal);
        }
        if let Some(kept) = self.kept.get_mut(place) {
            *kept = Some(text);
        }
        Ok(text)
    }
}

/// Where an identifier is looked for. Those that are alike mostly differ in their length,
/// their middle or their end.
fn place(bytes: &[u8]) -> usize {
    let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
    let length = bytes.len();
    (length * 7 + at(0) * 31 + at(length / 2) * 13 + at(length.saturating_sub(1)) * 3) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Writer;

    fn str(text: &str) -> Vec<u8> {
        let mut w = Writer::default();
        w.str(text);
        w.into_bytes()
    }

    #[test]
    fn what_shares_a_place_is_told_apart_and_what_is_bad_is_refused_each_time() {
        let shares = |text: &String| text != "good" && place(text.as_bytes()) == place(b"good");
        let mut texts = ('a'..='z').flat_map(|letter| (1..60).map(move |length| letter.to_string().repeat(length)));
        let sharing = str(&texts.find(shares).expect("there are more of them than places"));
        let (good, bad) = (str("good"), str("BAD!"));
        let mut known = Known::new();
        for bytes in [&good, &good, &sharing, &good, &bad, &bad, &good] {
            let fresh = Known::nothing().kinds.read(&mut Reader::new(bytes));
            assert_eq!(known.kinds.read(&mut Reader::new(bytes)), fresh);
            assert_eq!(fresh.is_ok(), bytes != &bad);
        }
    }

    #[test]
    fn a_name_that_is_known_is_not_thereby_a_kind() {
        let bytes = str("node.enrolled");
        let mut known = Known::new();
        assert_eq!(known.names.read(&mut Reader::new(&bytes)), Ok("node.enrolled"));
        assert_eq!(known.kinds.read(&mut Reader::new(&bytes)), Err(EncodingError("not a kind")));
    }
}
