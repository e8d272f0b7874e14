//! `/relay/{room}`: from an HTTP request to a WebSocket connection.
//!
//! Done by hand (RFC 6455, section 4.2), because the web framework's own upgrade comes with another version of the
//! WebSocket library and without its buffer sizes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::connection::serve_connection;
use crate::origin;
use crate::room_name::RoomName;
use crate::server::{Guest, Relay};

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
    if !asks_for_websocket(&request) {
        // The first says that the second is for this connection alone (RFC 9110, sections 7.8 and 15.5.22).
        let upgrade = [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
        ];
        let message = "this is a room of the relay: connect with WebSocket, version 13\n";
        return (StatusCode::UPGRADE_REQUIRED, upgrade, message).into_response();
    }
    if !origin::is_allowed(request.headers(), &relay.config.allowed_origins) {
        return refuse(
            StatusCode::FORBIDDEN,
            "pages of this origin may not connect; see --allow-origin\n",
        );
    }
    let Some(accept) = accept_key(request.headers()) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Key must be 16 bytes in base64\n",
        );
    };
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
    let headers = [
        (header::CONNECTION, "upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_ACCEPT, accept.as_str()),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}

fn refuse(status: StatusCode, message: &'static str) -> Response {
    (status, message).into_response()
}

fn asks_for_websocket(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && request.version() >= Version::HTTP_11
        && lists(headers, header::CONNECTION, "upgrade")
        && lists(headers, header::UPGRADE, "websocket")
        && headers
            .get(header::SEC_WEBSOCKET_VERSION)
            .is_some_and(|version| version == "13")
}

/// Whether a header that holds a list of tokens has this one.
fn lists(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

fn accept_key(headers: &HeaderMap) -> Option<String> {
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?.as_bytes();
    let nonce = data_encoding::BASE64.decode(key).ok()?;
    (nonce.len() == 16).then(|| derive_accept_key(key))
}
