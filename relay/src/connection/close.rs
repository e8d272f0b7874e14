//! Why a connection ends, and how its client is told.

use std::time::Duration;

use election_envelope::{FromRelay, Notice};
use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// How long a close may take to write, and then again to be read.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a connection ends.
pub(super) enum End {
    /// The other side closed; its close is answered.
    Left,
    /// The other side is gone, or does not read: there is nobody to talk to.
    Lost,
    /// The relay hangs up, and says why.
    HangUp {
        notice: Option<Notice>,
        code: CloseCode,
        reason: &'static str,
    },
}

impl End {
    pub(super) const STOPPING: Self = hang_up(
        Some(Notice::Stopping),
        CloseCode::Away,
        "the relay is stopping",
    );
    pub(super) const ROOM_FULL: Self =
        hang_up(Some(Notice::RoomFull), CloseCode::Again, "the room is full");
    pub(super) const NO_MORE_ROOMS: Self = hang_up(
        Some(Notice::RoomFull),
        CloseCode::Again,
        "the relay has no place for another room",
    );
    pub(super) const TOO_MANY_OF_ADDRESS: Self = hang_up(
        Some(Notice::RoomFull),
        CloseCode::Again,
        "too many connections of this address are in the room",
    );
    pub(super) const TOO_LARGE: Self = hang_up(
        Some(Notice::PayloadTooLarge),
        CloseCode::Size,
        "the payload is too large",
    );
    pub(super) const MALFORMED: Self = hang_up(
        Some(Notice::Malformed),
        CloseCode::Invalid,
        "not an envelope of the relay",
    );
    pub(super) const TEXT: Self = hang_up(
        Some(Notice::Malformed),
        CloseCode::Unsupported,
        "the relay takes binary messages only",
    );
    pub(super) const FLOOD: Self = hang_up(
        Some(Notice::TooFast),
        CloseCode::Policy,
        "far too many messages for too long",
    );
    pub(super) const SILENT: Self = hang_up(
        None,
        CloseCode::Policy,
        "no sign of life for three heartbeats",
    );
    pub(super) const NOT_WEBSOCKET: Self =
        hang_up(None, CloseCode::Protocol, "not the WebSocket protocol");

    /// What a failure to read is taken for.
    pub(super) fn after(error: &SocketError) -> Self {
        match error {
            SocketError::Capacity(_) => Self::TOO_LARGE,
            SocketError::Utf8(_) => Self::TEXT,
            SocketError::Protocol(_) | SocketError::AttackAttempt => Self::NOT_WEBSOCKET,
            _ => Self::Lost,
        }
    }
}

const fn hang_up(notice: Option<Notice>, code: CloseCode, reason: &'static str) -> End {
    End::HangUp {
        notice,
        code,
        reason,
    }
}

/// Says why, closes, and reads on for a moment: closing a socket with unread bytes resets it, and a
/// reset would overtake the reason.
pub(super) async fn close<S>(socket: &mut WebSocketStream<S>, end: End)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (notice, frame) = match end {
        End::Lost => return,
        End::Left => (None, None),
        End::HangUp {
            notice,
            code,
            reason,
        } => (
            notice,
            Some(CloseFrame {
                code,
                reason: reason.into(),
            }),
        ),
    };
    let closing = async {
        // Failures do not matter any more: the next step fails too, or the last one ends it.
        if let Some(notice) = notice {
            let _ = socket
                .feed(Message::Binary(FromRelay::Notice(notice).encode().into()))
                .await;
        }
        let _ = socket.close(frame).await;
        let _ = socket.get_mut().shutdown().await;
    };
    if timeout(CLOSE_TIMEOUT, closing).await.is_err() {
        return;
    }
    let drain = async {
        // On the heap: part of this future, every idle connection would hold it.
        let mut scratch = vec![0; 1024];
        while matches!(socket.get_mut().read(&mut scratch).await, Ok(1..)) {}
    };
    let _ = timeout(CLOSE_TIMEOUT, drain).await;
}
