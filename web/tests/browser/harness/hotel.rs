//! A network that answers in the relay's place: a login page, an error, nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the relay's port may take to be free.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that gives one answer to whatever is asked, until it is dropped.
pub struct Hotel {
    address: String,
    closed: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Hotel {
    /// Answers at that origin with a status line and a body.
    pub fn open(origin: &str, status: &'static str, body: &'static str) -> Self {
        let address = origin
            .strip_prefix("http://")
            .expect("the origin is the relay's own")
            .to_owned();
        let deadline = Instant::now() + PATIENCE;
        let listener = loop {
            match TcpListener::bind(&address) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
            }
            thread::sleep(Duration::from_millis(100));
        };
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = Arc::clone(&closed);
        let server = thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if is_closed.load(Ordering::SeqCst) {
                    return;
                }
                thread::spawn(move || answer(connection, status, body));
            }
        });
        Self {
            address,
            closed,
            server: Some(server),
        }
    }
}

impl Drop for Hotel {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes it up.
        let _ = TcpStream::connect(&self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn answer(mut connection: TcpStream, status: &str, body: &str) {
    let _ = connection.set_read_timeout(Some(Duration::from_secs(1)));
    // Requests of pages are short: one read is all of it.
    let _ = connection.read(&mut [0; 16_384]);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    // Who asked may have gone.
    let _ = connection.write_all(answer.as_bytes());
}
