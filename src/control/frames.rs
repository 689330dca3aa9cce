//! What goes back over the socket: pieces, each with its kind and length, and an end that says how it ended.
//!
//! An answer without such an end was cut off, so that half a backup is never taken for a whole one.

use std::io::{self, Read, Write};

/// Bytes of one piece: neither side holds more of a file than this.
const PIECE_BYTES_MAX: usize = 1 << 20;
/// Bytes of the JSON at the end: far over any report, and what a list of all that is broken may take.
const END_BYTES_MAX: usize = 64 << 20;

/// The kind of a piece that the next one goes on with.
const GOES_ON: u8 = b'+';

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A file of this name begins.
    File(String),
    Data(Vec<u8>),
    /// The end: done, with this JSON.
    Done(String),
    /// The end: not done, for this reason.
    Failed(String),
}

impl Frame {
    fn kind(&self) -> u8 {
        match self {
            Self::File(_) => b'F',
            Self::Data(_) => b'D',
            Self::Done(_) => b'J',
            Self::Failed(_) => b'E',
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Data(bytes) => bytes,
            Self::File(text) | Self::Done(text) | Self::Failed(text) => text.as_bytes(),
        }
    }

    /// Writes the piece, in several if it is long.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Self::Data(bytes) = self {
            return bytes.chunks(PIECE_BYTES_MAX).try_for_each(|bytes| piece(out, b'D', bytes));
        }
        let mut rest = self.bytes();
        while let Some((bytes, more)) = rest.split_at_checked(PIECE_BYTES_MAX) {
            piece(out, GOES_ON, bytes)?;
            rest = more;
        }
        piece(out, self.kind(), rest)
    }

    /// Reads the next piece, put together again if it was written in several.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut text = Vec::new();
        let kind = loop {
            let (kind, bytes) = read_piece(input)?;
            if kind == b'D' {
                return Ok(Self::Data(bytes));
            }
            text.extend(bytes);
            if text.len() > END_BYTES_MAX {
                return Err(io::Error::other("the answer is too long"));
            }
            if kind != GOES_ON {
                break kind;
            }
        };
        let text = String::from_utf8(text).map_err(io::Error::other)?;
        match kind {
            b'F' => Ok(Self::File(text)),
            b'J' => Ok(Self::Done(text)),
            b'E' => Ok(Self::Failed(text)),
            _ => Err(io::Error::other("a piece of the answer is of an unknown kind")),
        }
    }
}

fn read_piece(input: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    input.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > PIECE_BYTES_MAX {
        return Err(io::Error::other("a piece of the answer is too long"));
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes)?;
    Ok((kind, bytes))
}

fn piece(out: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= PIECE_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("a piece of the answer is too long"))?;
    out.write_all(&[kind])?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(bytes)
}

/// Takes bytes as pieces of data.
pub struct DataPieces<W>(pub W);

impl<W: Write> Write for DataPieces<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Frame::Data(bytes.to_vec()).write(&mut self.0)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{DataPieces, Frame, PIECE_BYTES_MAX, Write};

    #[test]
    fn a_report_longer_than_a_piece_arrives_whole() {
        let told = Frame::Done("ü".repeat(PIECE_BYTES_MAX));
        let mut wire = Vec::new();
        told.write(&mut wire).unwrap();
        assert_eq!(Frame::read(&mut wire.as_slice()).unwrap(), told);
    }

    #[test]
    fn pieces_are_read_as_they_were_written_and_a_cut_is_noticed() {
        let frames = [Frame::File("a.json".into()), Frame::Data(vec![1, 2, 3]), Frame::Done("{}".into())];
        let mut wire = Vec::new();
        for frame in &frames {
            frame.write(&mut wire).unwrap();
        }
        let mut rest = wire.as_slice();
        for frame in &frames {
            assert_eq!(&Frame::read(&mut rest).unwrap(), frame);
        }
        assert!(Frame::read(&mut rest).is_err(), "nothing follows");
        assert!(Frame::read(&mut &wire[..wire.len() - 3][13..]).is_err());
    }

    #[test]
    fn long_data_is_cut_and_a_length_is_not_believed() {
        let mut wire = Vec::new();
        DataPieces(&mut wire).write_all(&vec![7; PIECE_BYTES_MAX + 1]).unwrap();
        let mut rest = wire.as_slice();
        let Frame::Data(first) = Frame::read(&mut rest).unwrap() else { panic!() };
        assert_eq!((first.len(), Frame::read(&mut rest).unwrap()), (PIECE_BYTES_MAX, Frame::Data(vec![7])));
        assert!(Frame::read(&mut [b'D', 255, 255, 255, 255].as_slice()).is_err());
    }
}
