//! Writes canonical MessagePack.

/// Appends values to a buffer, each in its shortest form.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// The bytes written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes nil.
    pub fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    /// Writes true or false.
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    /// Writes an unsigned integer.
    pub fn uint(&mut self, value: u64) {
        let big_endian = value.to_be_bytes();
        match value {
            0..=0x7f => self.bytes.push(big_endian[7]),
            0x80..=0xff => self.tagged(0xcc, &big_endian[7..]),
            0x100..=0xffff => self.tagged(0xcd, &big_endian[6..]),
            0x1_0000..=0xffff_ffff => self.tagged(0xce, &big_endian[4..]),
            _ => self.tagged(0xcf, &big_endian),
        }
    }

    /// Writes text.
    pub fn str(&mut self, text: &str) {
        let length = text.len();
        if length < 32 {
            self.bytes.push(0xa0 | length as u8);
        } else {
            self.length(length, Some(0xd9), 0xda);
        }
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Writes bytes.
    pub fn bin(&mut self, bytes: &[u8]) {
        self.length(bytes.len(), Some(0xc4), 0xc5);
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes bytes, or nil for none.
    pub fn bin_or_nil(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bin(bytes),
            None => self.nil(),
        }
    }

    /// Writes the header of an array of `length` values.
    pub fn array(&mut self, length: usize) {
        if length < 16 {
            self.bytes.push(0x90 | length as u8);
        } else {
            self.length(length, None, 0xdc);
        }
    }

    /// Writes the header of a map of `length` pairs.
    pub fn map(&mut self, length: usize) {
        if length < 16 {
            self.bytes.push(0x80 | length as u8);
        } else {
            self.length(length, None, 0xde);
        }
    }

    /// Writes a length under a family of tags: an 8-bit one where there is one,
    /// then the 16-bit tag, then the 32-bit tag that follows it.
    fn length(&mut self, length: usize, tag8: Option<u8>, tag16: u8) {
        match (tag8, u8::try_from(length), u16::try_from(length)) {
            (Some(tag), Ok(short), _) => self.tagged(tag, &[short]),
            (_, _, Ok(short)) => self.tagged(tag16, &short.to_be_bytes()),
            _ => {
                let length = u32::try_from(length).expect("an entry has at most 65,535 bytes");
                self.tagged(tag16 + 1, &length.to_be_bytes());
            }
        }
    }

    fn tagged(&mut self, tag: u8, rest: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(rest);
    }
}
