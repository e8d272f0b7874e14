//! Accepting sockets, and stopping.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::admission::{Admission, Guest, Refused, Slot};
use crate::bucket::Bucket;
use crate::config::{Config, ConfigError, RateLimit};
use crate::pages::{PageError, Pages};
use crate::relay::Relay;
use crate::upgrade::join_room;

/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A request's line and headers may take this much memory.
const MAX_REQUEST_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// Why a relay cannot start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// A limit is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The page's folder is of no use.
    #[error(transparent)]
    Page(#[from] PageError),
}

/// A relay that is ready to run: its limits are sound, and its page, if it has one, is there.
pub struct Server {
    config: Config,
    pages: Pages,
}

impl Server {
    /// Checks the limits and looks at the page.
    ///
    /// # Errors
    /// A limit out of range, or a page folder without a readable `index.html`.
    pub fn new(config: Config) -> Result<Self, ServeError> {
        config.check()?;
        let pages = Pages::open(config.dist.as_deref())?;
        Ok(Self { config, pages })
    }

    /// Serves on `listener` until `stop` is cancelled and everyone has been told, or the stop
    /// timeout is over.
    ///
    /// No task outlives this future, be it finished or dropped.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let Self { config, pages } = self;
        let relay = Arc::new(Relay::new(config, stop));
        let _kill_on_return = relay.kill.clone().drop_guard();
        let admission = Admission::new(&relay.config);
        // Accepted sockets have what their listener has. Without it each could hold megabytes of
        // the system's memory.
        let sockets = SockRef::from(&listener);
        let _ = sockets.set_send_buffer_size(relay.config.send_buffer);
        let _ = sockets.set_recv_buffer_size(relay.config.receive_buffer);
        let router = router(Arc::clone(&relay), pages);

        // Not among the tasks to wait for: announcing has no end of its own.
        let rooms = Arc::clone(&relay.rooms);
        let interval = relay.config.announce_interval;
        let announcing = async move { rooms.announce_sizes(interval).await };
        tokio::spawn(relay.kill.clone().run_until_cancelled_owned(announcing));

        let accepting = accept_all(&listener, &relay, &admission, &router);
        relay.stop.run_until_cancelled(accepting).await;
        // New clients are refused from here on, rather than kept waiting.
        drop(listener);
        relay.tasks.close();
        let _ = timeout(relay.config.stop_timeout, relay.tasks.wait()).await;
    }
}

/// [`Server::new`] and [`Server::run`] in one.
///
/// # Errors
/// Those of [`Server::new`]; nothing fails once the relay serves.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    Server::new(config)?.run(listener, stop).await;
    Ok(())
}

fn router(relay: Arc<Relay>, pages: Pages) -> Router {
    let router = Router::new()
        .route("/healthz", get(health))
        .route("/relay/{room}", any(join_room))
        .with_state(relay);
    pages.attach(router)
}

async fn health(State(relay): State<Arc<Relay>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let waiting_bytes = relay.rooms.waiting.bytes();
    let report = relay.metrics.to_json(relay.rooms.len(), waiting_bytes);
    (headers, report).into_response()
}

async fn accept_all(
    listener: &TcpListener,
    relay: &Arc<Relay>,
    admission: &Arc<Admission>,
    router: &Router,
) {
    // A socket is a unit here. Those above the rate wait in the system's queue, which has an end of
    // its own.
    let per_second = u64::from(relay.config.accepts_per_second);
    let limit = RateLimit {
        per_second,
        burst: 2 * per_second,
    };
    let mut accepts = Bucket::new(limit, Instant::now().into_std());
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // Who is turned away costs next to nothing, and must not keep others waiting.
                if !welcome_socket(socket, peer.ip(), relay, admission, router) {
                    continue;
                }
                let pause = accepts.pay(1, Instant::now().into_std());
                if !pause.is_zero() {
                    sleep(pause).await;
                }
            }
            Err(error) if concerns_one_socket(&error) => {}
            Err(error) => {
                eprintln!(
                    "cannot accept connections for now: {error}; raise the limit of open files if this persists"
                );
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether accepting failed because of a client that left before it was accepted.
fn concerns_one_socket(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves a socket, unless there is no place for it.
fn welcome_socket(
    socket: TcpStream,
    peer: IpAddr,
    relay: &Arc<Relay>,
    admission: &Arc<Admission>,
    router: &Router,
) -> bool {
    let slot = match admission.admit(peer, Instant::now().into_std()) {
        Ok(slot) => slot,
        Err(Refused(why)) => {
            let answer = format!(
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nCache-Control: no-store\r\n\
                 Connection: close\r\nContent-Length: {}\r\n\r\n{why}\n",
                why.len() + 1
            );
            // As good as free: whatever does not fit into the socket's buffer at once is not said.
            let _ = socket.try_write(answer.as_bytes());
            return false;
        }
    };
    // Frames are small and somebody waits for them.
    let _ = socket.set_nodelay(true);
    relay.spawn(serve_http(
        socket,
        Arc::clone(relay),
        router.clone(),
        Arc::new(slot),
    ));
    true
}

/// Serves the requests of one socket until one of them turns it into a WebSocket.
async fn serve_http(socket: TcpStream, relay: Arc<Relay>, router: Router, slot: Arc<Slot>) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        answer(request, Arc::clone(&slot), router.clone())
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(relay.config.handshake_timeout)
        .max_buf_size(MAX_REQUEST_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let lifetime = relay.config.page_connection_lifetime;
    tokio::select! {
        // Its failures are its client's business.
        _ = connection.as_mut() => return,
        () = sleep(lifetime) => {}
        () = relay.stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(lifetime, connection).await;
}

async fn answer(
    mut request: hyper::Request<Incoming>,
    slot: Arc<Slot>,
    router: Router,
) -> Result<Response, Infallible> {
    match slot.carry(request.headers(), Instant::now().into_std()) {
        Ok(address) => {
            request.extensions_mut().insert(Guest::new(address, slot));
            router.oneshot(request.map(Body::new)).await
        }
        Err(Refused(why)) => {
            let headers = [
                (header::RETRY_AFTER, "30"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            let message = format!("{why}\n");
            Ok((StatusCode::SERVICE_UNAVAILABLE, headers, message).into_response())
        }
    }
}
