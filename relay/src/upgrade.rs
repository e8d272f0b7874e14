//! `/relay/{room}`: from an HTTP request to a WebSocket connection.
//!
//! The WebSocket library answers the handshake. The web framework's own upgrade comes with another
//! version of that library and without its buffer sizes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::admission::Guest;
use crate::connection::serve_connection;
use crate::origin;
use crate::relay::Relay;
use crate::room_name::RoomName;

/// Answers a request to join a room, and serves the connection in a task of its own if all is well.
pub(crate) async fn join_room(
    State(relay): State<Arc<Relay>>,
    Path(room): Path<String>,
    mut request: Request,
) -> Response {
    let Some(room) = RoomName::parse(&room) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "a room's name has 1 to 64 of the characters A-Z a-z 0-9 _ -\n",
        );
    };
    join_lines(request.headers_mut(), header::CONNECTION);
    let accepted = match create_response_with_body(&request, Body::empty) {
        Ok(accepted) => accepted,
        Err(Error::Protocol(
            ProtocolError::MissingSecWebSocketKey | ProtocolError::InvalidSecWebSocketKey,
        )) => {
            return refuse(
                StatusCode::BAD_REQUEST,
                "Sec-WebSocket-Key must be 16 bytes in base64\n",
            );
        }
        Err(_) => return ask_for_websocket(),
    };
    if !origin::is_allowed(request.headers(), &relay.config.allowed_origins) {
        return refuse(
            StatusCode::FORBIDDEN,
            "pages of this origin may not connect; see --allow-origin\n",
        );
    }
    let guest = request.extensions_mut().remove::<Guest>();
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (Some(upgrade), Some(guest)) = (upgrade, guest) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "this HTTP connection cannot be upgraded\n",
        );
    };
    relay.spawn({
        let relay = Arc::clone(&relay);
        async move {
            if let Ok(Ok(upgraded)) = timeout(relay.config.handshake_timeout, upgrade).await {
                let stream = TokioIo::new(upgraded);
                serve_connection(&relay, stream, guest.address, room).await;
            }
            // The socket counts as open for as long as this task runs.
            drop(guest);
        }
    });
    accepted
}

/// Lines of one list are one list (RFC 9110, section 5.3), of which the library reads the first line
/// only.
fn join_lines(headers: &mut HeaderMap, name: HeaderName) {
    let lines: Vec<&[u8]> = headers
        .get_all(&name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if lines.len() > 1
        && let Ok(list) = HeaderValue::from_bytes(&lines.join(&b", "[..]))
    {
        headers.insert(name, list);
    }
}

fn refuse(status: StatusCode, message: &'static str) -> Response {
    (status, message).into_response()
}

fn ask_for_websocket() -> Response {
    // The first says that the second is for this connection alone (RFC 9110, sections 7.8 and
    // 15.5.22).
    let upgrade = [
        (header::CONNECTION, "upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
    ];
    let message = "this is a room of the relay: connect with WebSocket, version 13\n";
    (StatusCode::UPGRADE_REQUIRED, upgrade, message).into_response()
}
