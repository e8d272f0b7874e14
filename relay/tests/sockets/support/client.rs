//! A client of the relay.

use election_core::wire::relay::{FromRelay, Handle, Notice, ToRelay, Welcome};
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

/// What a client hears.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Welcome(Welcome),
    Frame(Handle, Vec<u8>),
    Room(u32),
    Notice(Notice),
    Heartbeat,
    /// The relay hung up, with this code if it said goodbye.
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

    /// Connects from another address of this machine, 127.0.C.D, to a relay or a proxy; `buffer` is what the system may
    /// keep of what is not read, in bytes. A claim to be somebody else's goes into X-Forwarded-For.
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
        match self.hear().await {
            Heard::Welcome(welcome) => welcome.handle,
            other => panic!("a welcome should come first, not {other:?}"),
        }
    }

    /// Connects and is let in.
    pub async fn join(relay: &TestRelay, room: &str) -> (Self, Welcome) {
        let mut client = Self::connect(relay, room).await;
        match client.hear().await {
            Heard::Welcome(welcome) => (client, welcome),
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

    /// Says goodbye and waits for the answer.
    pub async fn leave(mut self) {
        soon("leaving", self.socket.close(None)).await.unwrap();
        self.hear_until(|heard| *heard == Heard::Closed(None)).await;
    }

    /// The next thing heard, room sizes and heartbeats aside.
    pub async fn hear(&mut self) -> Heard {
        // Around the loop and not within: heartbeats must not keep a hopeless test alive.
        soon("hearing from the relay", async {
            loop {
                let heard = self.hear_any().await;
                if !matches!(heard, Heard::Room(_) | Heard::Heartbeat) {
                    return heard;
                }
            }
        })
        .await
    }

    /// Lets everything pass until this is heard.
    pub async fn hear_until(&mut self, wanted: impl Fn(&Heard) -> bool) {
        soon("hearing the right thing", async {
            while !wanted(&self.hear_any().await) {}
        })
        .await;
    }

    /// The payload of the next frame, which must be the next thing heard.
    pub async fn hear_payload(&mut self) -> Vec<u8> {
        match self.hear().await {
            Heard::Frame(_, payload) => payload,
            other => panic!("a frame should come, not {other:?}"),
        }
    }

    /// The next thing heard.
    pub async fn hear_any(&mut self) -> Heard {
        loop {
            match soon("hearing anything", self.socket.next()).await {
                Some(Ok(Message::Binary(bytes))) => return heard(&bytes),
                Some(Ok(Message::Close(Some(frame)))) => return Heard::Closed(Some(frame.code)),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Heard::Closed(None),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(text))) => panic!("the relay never sends text: {text}"),
            }
        }
    }
}

fn heard(bytes: &[u8]) -> Heard {
    match FromRelay::decode(bytes).unwrap() {
        FromRelay::Welcome(welcome) => Heard::Welcome(welcome),
        FromRelay::Frame { from, payload } => Heard::Frame(from, payload.to_vec()),
        FromRelay::Room { size } => Heard::Room(size),
        FromRelay::Notice(notice) => Heard::Notice(notice),
        FromRelay::Heartbeat => Heard::Heartbeat,
    }
}
