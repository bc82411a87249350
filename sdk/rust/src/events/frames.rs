//! Server-sent events out of bytes, as the HTML standard's section 9.2.6 reads them.

use std::time::Duration;

/// Most bytes of one event. A server that sends more is not ours.
const MOST: usize = 1 << 20;

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where to resume after it; opaque.
    pub id: Option<String>,
    /// What it is: `project.created`.
    pub event: String,
    /// Its JSON.
    pub data: String,
}

/// An event is longer than any of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// What is not yet a whole event.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Bytes of a line that has not ended.
    line: Vec<u8>,
    /// Whether the last line ended with a carriage return, which a line feed may follow.
    after_return: bool,
    id: Option<String>,
    event: String,
    data: String,
    retry: Option<Duration>,
}

impl Frames {
    /// How long the server asks to wait before a new connection.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The last id that came, with or without an event.
    pub(super) fn last_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Takes what came, and gives the events that it completes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let follows_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if follows_return => {}
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
            if self.line.len() + self.data.len() > MOST {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&bytes);
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry),
            // An empty field is a comment, by which the server shows that it is there.
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return None;
        }
        data.pop();
        Some(Event { id: self.id.clone(), event, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes a text whole and byte by byte; both give the same events.
    fn check(text: &str, expected: &[(Option<&str>, &str, &str)]) {
        let whole = Frames::default().push(text.as_bytes()).unwrap();
        let mut frames = Frames::default();
        let bytewise: Vec<Event> = text.bytes().flat_map(|byte| frames.push(&[byte]).unwrap()).collect();
        let expected: Vec<Event> = expected
            .iter()
            .map(|(id, event, data)| Event { id: id.map(Into::into), event: (*event).into(), data: (*data).into() })
            .collect();
        assert_eq!((whole, bytewise), (expected.clone(), expected));
    }

    #[test]
    fn an_event_ends_with_an_empty_line() {
        check("id: 7\nevent: a.b\ndata: {}\n\n", &[(Some("7"), "a.b", "{}")]);
        check("data: {}\n", &[]);
    }

    #[test]
    fn lines_end_in_any_of_three_ways() {
        check("data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n", &[(None, "", "1"), (None, "", "2"), (None, "", "3")]);
    }

    #[test]
    fn an_id_holds_until_the_next_and_data_lines_are_joined() {
        check("id: 7\ndata: a\ndata: b\n\ndata:c\n\n", &[(Some("7"), "", "a\nb"), (Some("7"), "", "c")]);
    }

    #[test]
    fn comments_and_unknown_fields_are_no_events() {
        check(": there\n\nfoo: bar\n\n", &[]);
    }

    #[test]
    fn the_server_says_how_long_to_wait() {
        let mut frames = Frames::default();
        frames.push(b"retry: 250\n\nretry: x\n\n").unwrap();
        assert_eq!(frames.retry(), Some(Duration::from_millis(250)));
    }

    #[test]
    fn an_endless_event_is_refused() {
        assert_eq!(Frames::default().push(&vec![b'x'; MOST + 1]), Err(TooLong));
        assert_eq!(Frames::default().push(&b"data: xxxxxxx\n".repeat(MOST / 7)), Err(TooLong));
    }
}
