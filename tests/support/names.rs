//! A name server that leads every name to one address, or says that it cannot answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

use super::beside;

pub struct Names {
    pub address: SocketAddr,
    known: Arc<Mutex<Vec<Ipv4Addr>>>,
}

impl Names {
    /// One that cannot answer.
    pub async fn gone() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, known) = (socket.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let theirs = Arc::clone(&known);
        beside(async move {
            let mut query = [0; 512];
            while let Ok((length, peer)) = socket.recv_from(&mut query).await {
                let reply = reply(&query[..length], &theirs.lock().unwrap());
                socket.send_to(&reply, peer).await.unwrap();
            }
        });
        Self { address, known }
    }

    pub async fn leading_to(address: Ipv4Addr) -> Self {
        let names = Self::gone().await;
        names.lead_to(address);
        names
    }

    /// From now on every name leads there.
    pub fn lead_to(&self, address: Ipv4Addr) {
        self.lead_to_all(vec![address]);
    }

    /// To each of them.
    pub fn lead_to_all(&self, addresses: Vec<Ipv4Addr>) {
        *self.known.lock().unwrap() = addresses;
    }
}

/// RFC 1035, section 4.1. Nobody keeps the answer.
fn reply(query: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
    let name_end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
    let asks_for_v4 = query[name_end..name_end + 2] == [0, 1];
    let answers = if asks_for_v4 { addresses } else { &[] };
    let code = if addresses.is_empty() { 2 } else { 0 };
    let count = u8::try_from(answers.len()).unwrap();
    let mut reply = [&query[..2], &[0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]].concat();
    reply.extend(&query[12..name_end + 4]);
    for address in answers {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    reply
}
