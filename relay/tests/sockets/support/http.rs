//! HTTP as bytes: nothing between the test and what the relay says.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;

/// An answer, its body as it came.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// Gets a path.
pub async fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, path, "").await
}

/// Gets a path with more header lines, each with its line end. Without a Connection of their own
/// the connection closes.
pub async fn request(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let close = match headers.contains("Connection: ") {
        true => "",
        false => "Connection: close\r\n",
    };
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{close}{headers}\r\n");
    let mut stream = soon("connecting", TcpStream::connect(address))
        .await
        .unwrap();
    soon("sending a request", stream.write_all(head.as_bytes()))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    soon("reading an answer", stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    parse(&bytes)
}

/// Asks for a WebSocket with more header lines, and reads the head of the answer only. What the
/// connection is for is said in two lines, as some proxies do.
pub async fn upgrade_request(address: SocketAddr, path: &str, headers: &str) -> Answer {
    upgrade_request_as_is(address, path, &format!("Host: {address}\r\n{headers}")).await
}

/// The same without a Host of its own.
pub async fn upgrade_request_as_is(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let head = format!(
        "GET {path} HTTP/1.1\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    let mut stream = soon("connecting", TcpStream::connect(address))
        .await
        .unwrap();
    soon("sending a request", stream.write_all(head.as_bytes()))
        .await
        .unwrap();
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(soon("reading an answer", stream.read_u8()).await.unwrap());
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Answer {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}
