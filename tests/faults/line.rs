//! One connection to the program, kept open, spoken to by a thread of its own.

#![expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::PATIENCE;

/// A connection.
pub struct Line {
    stream: TcpStream,
    address: String,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Line {
    /// Nothing if nobody is there.
    pub fn to(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        Some(Self { stream, address: address.to_owned() })
    }

    pub fn get(&mut self, path: &str) -> Option<Reply> {
        self.ask("GET", path, "", "")
    }

    /// The answer; nothing if the program went away before all of it was here. `headers` are whole lines.
    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Option<Reply> {
        let (host, length) = (&self.address, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n");
        self.stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut read = Vec::new();
        let end = loop {
            if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more(&mut read)?;
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut reply = Reply { status, head, body: String::new() };
        let length: usize = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        while read.len() < end + length {
            self.more(&mut read)?;
        }
        reply.body = String::from_utf8_lossy(&read[end..]).into_owned();
        Some(reply)
    }

    fn more(&mut self, read: &mut Vec<u8>) -> Option<()> {
        let mut part = [0; 8192];
        let length = self.stream.read(&mut part).ok()?;
        read.extend_from_slice(&part[..length]);
        (length > 0).then_some(())
    }
}
