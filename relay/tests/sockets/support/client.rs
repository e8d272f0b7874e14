//! A client of the relay.

use election_envelope::{FromRelay, Handle, Notice, ToRelay, Welcome};
use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{TestRelay, soon};

/// One connection to a room.
pub struct Client {
    pub socket: WebSocketStream<TcpStream>,
}

/// What a client receives.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    Welcome(Welcome),
    Frame(Handle, Vec<u8>),
    Room(u32),
    Notice(Notice),
    Heartbeat,
    /// The relay hung up, with this code if it sent a close frame.
    Closed(Option<CloseCode>),
}

impl Client {
    /// Connects, whatever the relay says next.
    pub async fn connect(relay: &TestRelay, room: &str) -> Self {
        let stream = soon("connecting", TcpStream::connect(relay.address))
            .await
            .unwrap();
        let url = format!("ws://{}/relay/{room}", relay.address);
        let (socket, _) = soon("the handshake", client_async(url, stream))
            .await
            .unwrap();
        Self { socket }
    }

    /// Connects from another address of this machine, 127.0.C.D, to a relay or a proxy; `buffer` is
    /// what the system may keep of what is not read, in bytes. A claim to be somebody else's goes
    /// into X-Forwarded-For.
    pub async fn connect_from(
        (c, d): (u8, u8),
        target: SocketAddr,
        room: &str,
        buffer: Option<u32>,
        claim: Option<&str>,
    ) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind((Ipv4Addr::new(127, 0, c, d), 0).into())
            .unwrap();
        if let Some(buffer) = buffer {
            socket.set_recv_buffer_size(buffer).unwrap();
        }
        let stream = soon("connecting", socket.connect(target)).await.unwrap();
        let url = format!("ws://polls.example.org:{}/relay/{room}", target.port());
        let mut request = url.into_client_request().unwrap();
        if let Some(claim) = claim {
            let headers = request.headers_mut();
            headers.insert("x-forwarded-for", claim.parse().unwrap());
        }
        let (socket, _) = soon("the handshake", client_async(request, stream))
            .await
            .unwrap();
        Self { socket }
    }

    /// The handle under which it is let in.
    pub async fn welcome(&mut self) -> Handle {
        match self.receive().await {
            Received::Welcome(welcome) => welcome.handle,
            other => panic!("a welcome should come first, not {other:?}"),
        }
    }

    /// Connects and is let in.
    pub async fn join(relay: &TestRelay, room: &str) -> (Self, Welcome) {
        let mut client = Self::connect(relay, room).await;
        match client.receive().await {
            Received::Welcome(welcome) => (client, welcome),
            other => panic!("a welcome should come first, not {other:?}"),
        }
    }

    /// Several members of one room, and their handles.
    pub async fn join_many(
        relay: &TestRelay,
        room: &str,
        count: usize,
    ) -> (Vec<Self>, Vec<Handle>) {
        let (mut clients, mut handles) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (client, welcome) = Self::join(relay, room).await;
            clients.push(client);
            handles.push(welcome.handle);
        }
        (clients, handles)
    }

    pub async fn spread(&mut self, fan_out: u8, payload: &[u8]) {
        self.send(Message::Binary(
            ToRelay::Spread { fan_out, payload }.encode().into(),
        ))
        .await;
    }

    pub async fn reply(&mut self, to: Handle, payload: &[u8]) {
        self.send(Message::Binary(
            ToRelay::Reply { to, payload }.encode().into(),
        ))
        .await;
    }

    /// Sends anything at all. The relay may hang up on it in the middle.
    pub async fn send(&mut self, message: Message) {
        let _ = soon("sending", self.socket.send(message)).await;
    }

    /// Closes and waits for the answer.
    pub async fn leave(mut self) {
        soon("leaving", self.socket.close(None)).await.unwrap();
        self.receive_until(|received| *received == Received::Closed(None))
            .await;
    }

    /// The next thing received, room sizes and heartbeats aside.
    pub async fn receive(&mut self) -> Received {
        // Around the loop and not within: heartbeats must not keep a hopeless test alive.
        soon("receiving from the relay", async {
            loop {
                let received = self.receive_any().await;
                if !matches!(received, Received::Room(_) | Received::Heartbeat) {
                    return received;
                }
            }
        })
        .await
    }

    /// Lets everything pass until this is received.
    pub async fn receive_until(&mut self, wanted: impl Fn(&Received) -> bool) {
        soon("receiving the right thing", async {
            while !wanted(&self.receive_any().await) {}
        })
        .await;
    }

    /// The payload of the next frame, which must be the next thing received.
    pub async fn receive_payload(&mut self) -> Vec<u8> {
        match self.receive().await {
            Received::Frame(_, payload) => payload,
            other => panic!("a frame should come, not {other:?}"),
        }
    }

    /// The next thing received.
    pub async fn receive_any(&mut self) -> Received {
        loop {
            match soon("receiving anything", self.socket.next()).await {
                Some(Ok(Message::Binary(bytes))) => return received(&bytes),
                Some(Ok(Message::Close(Some(frame)))) => return Received::Closed(Some(frame.code)),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Received::Closed(None),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(text))) => panic!("the relay never sends text: {text}"),
            }
        }
    }
}

fn received(bytes: &[u8]) -> Received {
    match FromRelay::decode(bytes).unwrap() {
        FromRelay::Welcome(welcome) => Received::Welcome(welcome),
        FromRelay::Frame { from, payload } => Received::Frame(from, payload.to_vec()),
        FromRelay::Room { size } => Received::Room(size),
        FromRelay::Notice(notice) => Received::Notice(notice),
        FromRelay::Heartbeat => Received::Heartbeat,
    }
}
