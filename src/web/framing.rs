//! Where the messages of one HTTP/1 connection begin and end, followed beside hyper.
//!
//! hyper drops `Content-Length` when a request also has `Transfer-Encoding`, so nobody behind it can see that both were
//! sent. A proxy in front of us may have believed the other one, and then what it took for a body is a request to us
//! (RFC 9112, 6.1 and 11.2). Hence this second, smaller reader: it notices such a request, and its neighbours on the
//! connection are refused with it. Where it is less lenient than hyper it loses the thread and says so; it never guesses.

/// As long as hyper's own buffer: a longer line never becomes a request.
const LINE_BYTES_MAX: usize = super::server::HEAD_BYTES_MAX;

/// Reads along with one connection.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    /// The line being read, without its end.
    line: Vec<u8>,
    length: Option<u64>,
    coded: bool,
    /// Whether the head has a first line yet. Empty lines before it are skipped, as RFC 9112 (2.2) asks.
    begun: bool,
    heads: u64,
    refuse_from: Option<u64>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailer,
    /// What follows cannot be told apart any more.
    Lost,
}

impl Framing {
    /// Follows the next bytes that arrived.
    pub fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let used = match self.state {
                State::Lost => return,
                State::Body(left) | State::Chunk(left) => self.skip(left, bytes.len()),
                _ => self.gather(bytes),
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    /// Whether a request has begun to arrive and its head is not complete. True before the first request, too: a
    /// connection that says nothing is waited for no longer than one that stops half way.
    #[must_use]
    pub fn awaits_head(&self) -> bool {
        self.state == State::Head && (self.heads == 0 || self.begun || !self.line.is_empty())
    }

    /// Whether nothing, or part of a head, has come since the last request.
    #[must_use]
    pub fn is_between_bodies(&self) -> bool {
        self.state == State::Head
    }

    /// From which request of this connection on (counted from 0) none may be answered.
    #[must_use]
    pub fn refuse_from(&self) -> Option<u64> {
        self.refuse_from
    }

    fn skip(&mut self, left: u64, arrived: usize) -> usize {
        let used = usize::try_from(left).map_or(arrived, |left| left.min(arrived));
        let left = left.saturating_sub(u64::try_from(used).unwrap_or(u64::MAX));
        self.state = match (&self.state, left) {
            (State::Chunk(_), 0) => State::ChunkEnd,
            (State::Chunk(_), left) => State::Chunk(left),
            (_, 0) => State::Head,
            (_, left) => State::Body(left),
        };
        used
    }

    /// Takes bytes up to the end of the line, and works on the line once it is whole.
    fn gather(&mut self, bytes: &[u8]) -> usize {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if self.line.len() + part.len() > LINE_BYTES_MAX {
            self.lose();
            return bytes.len();
        }
        self.line.extend_from_slice(part);
        if end.is_some() {
            let mut line = std::mem::take(&mut self.line);
            self.finish_line(&line);
            line.clear();
            self.line = line;
        }
        part.len() + usize::from(end.is_some())
    }

    fn finish_line(&mut self, line: &[u8]) {
        let bare = line.strip_suffix(b"\r");
        match (&self.state, bare) {
            (State::Head, bare) => self.head_line(bare.unwrap_or(line)),
            (State::ChunkSize, Some(line)) => match chunk_size(line) {
                Some(0) => self.state = State::Trailer,
                Some(size) => self.state = State::Chunk(size),
                None => self.lose(),
            },
            (State::ChunkEnd, Some(b"")) => self.state = State::ChunkSize,
            (State::Trailer, Some(b"")) => self.state = State::Head,
            (State::Trailer, Some(_)) => {}
            // hyper takes a lone line feed for the end of a head's line, but not inside a chunked body.
            (_, None | Some(_)) => self.lose(),
        }
    }

    fn head_line(&mut self, line: &[u8]) {
        if line.is_empty() {
            if self.begun {
                self.finish_head();
            }
            return;
        }
        self.begun = true;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.coded = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.length = value.get(1..).and_then(decimal);
            if self.length.is_none() {
                self.lose();
            }
        }
    }

    fn finish_head(&mut self) {
        let (coded, length) = (std::mem::take(&mut self.coded), self.length.take());
        self.begun = false;
        self.state = match (coded, length) {
            (true, Some(_)) => return self.lose(),
            (true, None) => State::ChunkSize,
            (false, None | Some(0)) => State::Head,
            (false, Some(length)) => State::Body(length),
        };
        self.heads += 1;
    }

    /// The request being read is number `heads`: it and all that follow are refused.
    fn lose(&mut self) {
        self.state = State::Lost;
        // Inside a body, the request that it belongs to has been counted and is hyper's to refuse.
        self.refuse_from.get_or_insert(self.heads);
    }
}

fn decimal(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    let plain = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| plain)
}

/// The number before extensions and blanks: `1a;name=value`.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| matches!(byte, b';' | b' ' | b'\t')).next()?;
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::{Framing, State};

    fn read(bytes: &[u8], step: usize) -> Framing {
        let mut framing = Framing::default();
        bytes.chunks(step).for_each(|part| framing.read(part));
        framing
    }

    #[test]
    fn the_first_request_with_two_lengths_is_found_however_it_arrives() {
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let both = "POST / HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (bytes, heads, refuse_from) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 1, None),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\n\n".to_owned(), 2, None),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab\r\n\r\nGET / HTTP/1.1\r\n".to_owned(), 1, None),
            (format!("{chunked}5;x=1\r\nhe\r\n\n\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 2, None),
            (format!("{chunked}0A \r\n0123456789\r\n0\r\n\r\n{both}"), 1, Some(1)),
            (both.to_owned(), 0, Some(0)),
            ("POST / HTTP/1.1\r\ntransfer-encoding:x\r\ncontent-length:0\r\n\r\n".to_owned(), 0, Some(0)),
            (format!("GET / HTTP/1.1\r\n\r\n{both}GET / HTTP/1.1\r\n\r\n"), 1, Some(1)),
            // The body of one request may look like anything.
            (format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{both}", both.len()), 1, None),
        ] {
            for step in [1, 2, 3, 7, 1024] {
                let framing = read(bytes.as_bytes(), step);
                assert_eq!((framing.heads, framing.refuse_from()), (heads, refuse_from), "step {step}: {bytes:?}");
            }
        }
    }

    #[test]
    fn where_the_thread_is_lost_nothing_more_is_believed() {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for body in
            ["5\nhello\r\n", "zz\r\n", "\r\n", "5\r\nhelloX\r\n", "0\r\nX: a\n\r\n", "+5\r\n", "11111111111111111\r\n"]
        {
            let framing = read(format!("{chunked}{body}").as_bytes(), 1024);
            assert_eq!((framing.state, framing.refuse_from), (State::Lost, Some(1)), "{body:?}");
        }
        for length in ["", "+5", "5, 5", "0x5", "-1", "99999999999999999999"] {
            let framing = read(format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n").as_bytes(), 1024);
            assert_eq!(framing.refuse_from, Some(0), "{length:?}");
        }
        let endless = read("X".repeat(super::LINE_BYTES_MAX + 1).as_bytes(), 1024);
        assert_eq!(endless.refuse_from, Some(0));
    }

    #[test]
    fn a_head_is_awaited_from_the_start_and_then_from_its_first_byte() {
        for (bytes, awaits) in [
            ("", true),
            ("GET / HT", true),
            ("GET / HTTP/1.1\r\nHost: a\r\n", true),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\nG", true),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", false),
        ] {
            assert_eq!(read(bytes.as_bytes(), 1024).awaits_head(), awaits, "{bytes:?}");
        }
    }
}
