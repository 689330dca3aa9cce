//! A connection that hands over one line at a time.
//!
//! The rule it keeps: nothing that came in before encryption began is left in a buffer to be read after it. Whoever
//! sits in between could otherwise append answers of his own to the unencrypted `220` of STARTTLS, and they would
//! pass for the server's ("NO STARTTLS", USENIX Security 2021). With this, such leftovers reach the TLS handshake
//! instead, which fails.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How far ahead a line end is looked for. A longer line comes in several pieces, which harms nothing.
const GLANCE_BYTES: usize = 2048;

/// Reads never go past the next line feed. Encrypted bytes may be cut there too: TLS puts them together again.
#[derive(Debug)]
pub(super) struct LineAtATime(pub(super) TcpStream);

impl AsyncRead for LineAtATime {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let stream = &mut self.get_mut().0;
        let mut bytes = [0; GLANCE_BYTES];
        let wanted = GLANCE_BYTES.min(buffer.remaining());

        let mut glance = ReadBuf::new(&mut bytes[..wanted]);
        let ahead = ready!(stream.poll_peek(cx, &mut glance))?;
        let line = glance.filled().iter().position(|byte| *byte == b'\n').map_or(ahead, |at| at + 1);

        let mut piece = ReadBuf::new(&mut bytes[..line]);
        ready!(Pin::new(stream).poll_read(cx, &mut piece))?;
        buffer.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineAtATime {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for LineAtATime {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn what_follows_a_line_stays_in_the_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut theirs, _) = listener.accept().await.unwrap();
        let long = "x".repeat(3 * GLANCE_BYTES);
        theirs.write_all(format!("220 go ahead\r\n250 injected\r\n{long}").as_bytes()).await.unwrap();
        drop(theirs);

        let mut stream = LineAtATime(ours);
        let mut buffer = vec![0; 64 * 1024];
        let first = stream.read(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..first], b"220 go ahead\r\n");
        let second = stream.read(&mut buffer[..4]).await.unwrap();
        assert_eq!(&buffer[..second], b"250 ");
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, format!("injected\r\n{long}"));
    }
}
