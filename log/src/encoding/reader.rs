//! Reads canonical MessagePack, and refuses everything else.

use uuid::Uuid;

use super::{EncodingError, MAX_INTEGER};
use crate::hash::Hash;

/// The head of one value. Containers carry their length; their content follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Nil,
    /// True or false.
    Bool(bool),
    /// An integer ≥ 0.
    Uint(u64),
    /// An integer < 0.
    Negative(i64),
    /// Text without NUL.
    Str(&'a str),
    /// Bytes.
    Bin(&'a [u8]),
    /// An array of so many values.
    Array(usize),
    /// A map of so many pairs.
    Map(usize),
}

type Read<T> = Result<T, EncodingError>;

/// A cursor over bytes.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Succeeds if nothing is left.
    pub fn finish(&self) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(EncodingError("bytes follow the value")) }
    }

    /// Reads the next value's head, and all of it unless it is a container.
    pub fn value(&mut self) -> Read<Value<'a>> {
        let tag = self.take(1)?[0];
        Ok(match tag {
            0x00..=0x7f => Value::Uint(tag.into()),
            0x80..=0x8f => Value::Map((tag & 0x0f).into()),
            0x90..=0x9f => Value::Array((tag & 0x0f).into()),
            0xa0..=0xbf => self.text((tag & 0x1f).into())?,
            0xc0 => Value::Nil,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4 => {
                let length = self.length::<1>(0)?;
                Value::Bin(self.take(length)?)
            }
            0xc5 => {
                let length = self.length::<2>(0x100)?;
                Value::Bin(self.take(length)?)
            }
            0xc6 => {
                let length = self.length::<4>(0x1_0000)?;
                Value::Bin(self.take(length)?)
            }
            0xcc => Value::Uint(self.number::<1>(0x80)?),
            0xcd => Value::Uint(self.number::<2>(0x100)?),
            0xce => Value::Uint(self.number::<4>(0x1_0000)?),
            0xcf => Value::Uint(self.number::<8>(0x1_0000_0000)?),
            0xd0 => self.negative::<1>(-0x20)?,
            0xd1 => self.negative::<2>(-0x80)?,
            0xd2 => self.negative::<4>(-0x8000)?,
            0xd3 => self.negative::<8>(-0x8000_0000)?,
            0xd9 => {
                let length = self.length::<1>(32)?;
                self.text(length)?
            }
            0xda => {
                let length = self.length::<2>(0x100)?;
                self.text(length)?
            }
            0xdb => {
                let length = self.length::<4>(0x1_0000)?;
                self.text(length)?
            }
            0xdc => Value::Array(self.length::<2>(16)?),
            0xdd => Value::Array(self.length::<4>(0x1_0000)?),
            0xde => Value::Map(self.length::<2>(16)?),
            0xdf => Value::Map(self.length::<4>(0x1_0000)?),
            0xe0..=0xff => Value::Negative(i64::from(tag as i8)),
            0xc1 | 0xc7..=0xcb | 0xd4..=0xd8 => {
                return Err(EncodingError("floats and extension types are not allowed"));
            }
        })
    }

    /// Reads an array header of exactly `length`.
    #[inline]
    pub fn array_of(&mut self, length: usize) -> Read<()> {
        if let [head, rest @ ..] = self.rest
            && length < 16
            && usize::from(*head) == 0x90 | length
        {
            self.rest = rest;
            return Ok(());
        }
        if self.value()? == Value::Array(length) { Ok(()) } else { Err(EncodingError("an array of another length")) }
    }

    /// Reads an array header.
    #[inline]
    pub fn array(&mut self) -> Read<usize> {
        if let [0x90, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(0);
        }
        match self.value()? {
            // Each element takes a byte at least, so a longer array is cut off anyway.
            Value::Array(length) if length <= self.rest.len() => Ok(length),
            _ => Err(EncodingError("not an array")),
        }
    }

    /// Reads an integer of 0 … 2⁵³−1.
    #[inline]
    pub fn uint(&mut self) -> Read<u64> {
        let value = match self.rest {
            [small @ 0..=0x7f, rest @ ..] => {
                self.rest = rest;
                return Ok(u64::from(*small));
            }
            // Times are that large.
            [0xcf, rest @ ..] => {
                self.rest = rest;
                Value::Uint(self.number::<8>(0x1_0000_0000)?)
            }
            _ => self.value()?,
        };
        match value {
            Value::Uint(value) if value <= MAX_INTEGER => Ok(value),
            _ => Err(EncodingError("not an integer of 0 to 2^53-1")),
        }
    }

    /// Reads an integer of 1 … 2⁵³−1.
    pub fn positive(&mut self) -> Read<u64> {
        match self.uint()? {
            0 => Err(EncodingError("zero where counting begins at 1")),
            value => Ok(value),
        }
    }

    /// Reads text.
    #[inline]
    pub fn str(&mut self) -> Read<&'a str> {
        if let [head @ 0xa0..=0xbf, rest @ ..] = self.rest {
            self.rest = rest;
            return self.utf8(usize::from(*head & 0x1f));
        }
        match self.value()? {
            Value::Str(text) => Ok(text),
            _ => Err(EncodingError("not a str")),
        }
    }

    /// Reads text that [`Self::check_text`] has still to check.
    #[inline]
    pub(crate) fn str_bytes(&mut self) -> Read<&'a [u8]> {
        let length = match self.rest {
            [head @ 0xa0..=0xbf, rest @ ..] => {
                self.rest = rest;
                usize::from(*head & 0x1f)
            }
            [0xd9, length @ 32..=0xff, rest @ ..] => {
                self.rest = rest;
                usize::from(*length)
            }
            _ => return self.str().map(str::as_bytes),
        };
        self.take(length)
    }

    /// Checks that bytes are text.
    pub(crate) fn check_text(bytes: &'a [u8]) -> Read<&'a str> {
        let text = std::str::from_utf8(bytes).map_err(|_| EncodingError("a str that is not UTF-8"))?;
        if text.bytes().any(|byte| byte == 0) {
            return Err(EncodingError("a str with NUL"));
        }
        Ok(text)
    }

    /// Reads a hash.
    #[inline]
    pub fn hash(&mut self) -> Read<Hash> {
        self.bin_of().map(|bytes| Hash(*bytes)).ok_or(EncodingError("not a hash of 32 bytes"))
    }

    /// Reads a hash or nil.
    #[inline]
    pub fn hash_or_nil(&mut self) -> Read<Option<Hash>> {
        if self.nil() { Ok(None) } else { self.hash().map(Some) }
    }

    /// Reads an id.
    #[inline]
    pub fn id(&mut self) -> Read<Uuid> {
        match self.bin_of::<16>() {
            Some(bytes) if *bytes != [0; 16] => Ok(Uuid::from_bytes(*bytes)),
            _ => Err(EncodingError("not an id of 16 bytes, not all zero")),
        }
    }

    /// Reads an id or nil.
    #[inline]
    pub fn id_or_nil(&mut self) -> Read<Option<Uuid>> {
        if self.nil() { Ok(None) } else { self.id().map(Some) }
    }

    /// Passes over nil, if it comes next.
    #[inline]
    pub fn nil(&mut self) -> bool {
        match self.rest {
            [0xc0, rest @ ..] => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// What is left, for a caller that looks ahead.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(EncodingError("cut off"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn text(&mut self, length: usize) -> Read<Value<'a>> {
        self.utf8(length).map(Value::Str)
    }

    fn utf8(&mut self, length: usize) -> Read<&'a str> {
        Self::check_text(self.take(length)?)
    }

    /// The next bytes as a big-endian integer, filled up with `sign` on the left.
    #[inline]
    fn big_endian<const WIDTH: usize>(&mut self, sign: u8) -> Read<[u8; 8]> {
        let (taken, rest) = self.rest.split_first_chunk::<WIDTH>().ok_or(EncodingError("cut off"))?;
        self.rest = rest;
        let mut bytes = [sign; 8];
        bytes[8 - WIDTH..].copy_from_slice(taken);
        Ok(bytes)
    }

    #[inline]
    fn number<const WIDTH: usize>(&mut self, smallest: u64) -> Read<u64> {
        let value = u64::from_be_bytes(self.big_endian::<WIDTH>(0)?);
        if value < smallest { Err(EncodingError("not the shortest form")) } else { Ok(value) }
    }

    #[inline]
    fn length<const WIDTH: usize>(&mut self, smallest: u64) -> Read<usize> {
        Ok(usize::try_from(self.number::<WIDTH>(smallest)?).expect("32 bits fit a usize"))
    }

    /// Reads bytes of this length, or nothing: most of an entry is hashes and ids. Below
    /// 256 bytes a length has one form.
    #[inline]
    fn bin_of<const LENGTH: usize>(&mut self) -> Option<&'a [u8; LENGTH]> {
        match self.rest {
            [0xc4, length, rest @ ..] if usize::from(*length) == LENGTH => {
                let (bytes, rest) = rest.split_first_chunk()?;
                self.rest = rest;
                Some(bytes)
            }
            _ => None,
        }
    }

    /// A signed form is shortest only for values below `above`.
    fn negative<const WIDTH: usize>(&mut self, above: i64) -> Read<Value<'a>> {
        let sign = if self.rest.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
        let value = i64::from_be_bytes(self.big_endian::<WIDTH>(sign)?);
        if value < above { Ok(Value::Negative(value)) } else { Err(EncodingError("not the shortest form")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text read as bytes that are checked later, and as it is read elsewhere.
    fn both(hex: &str) -> [Read<&'static str>; 2] {
        let bytes: &'static [u8] = hex::decode(hex).expect("hex").leak();
        let later = Reader::new(bytes).str_bytes().and_then(Reader::check_text);
        [later, Reader::new(bytes).str()]
    }

    #[test]
    fn text_that_is_checked_later_is_accepted_and_refused_for_the_same() {
        let long = |head: &str, length: usize| format!("{head}{}", "61".repeat(length));
        for good in ["a0", "a161", &long("bf", 31), &long("d920", 32), &long("d9ff", 255), &long("da0100", 256)] {
            let [later, now] = both(good);
            assert!(later.is_ok() && later == now, "{good}");
        }
        for bad in [
            "",
            "c0",
            "01",
            "a2",
            "a261",
            "a100",
            "a1ff",
            "d9",
            "d920",
            &long("d920", 31),
            &long("d91f", 31),
            &long("da0020", 32),
            &long("da00ff", 255),
            "c461",
            "90",
        ] {
            let [later, now] = both(bad);
            assert!(later.is_err() && later == now, "{bad}: {later:?}, {now:?}");
        }
    }

    #[test]
    fn a_large_integer_has_one_form_and_a_limit() {
        let read = |hex: &str| Reader::new(&hex::decode(hex).expect("hex")).uint();
        assert_eq!(read("cf0000000100000000"), Ok(1 << 32));
        assert_eq!(read("cf001fffffffffffff"), Ok(MAX_INTEGER));
        for bad in ["cf00000000ffffffff", "cf0020000000000000", "cfffffffffffffffff", "cf00000001000000", "cf"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
