//! `election-relay`: one binary, one port.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use election_relay::{
    Config, IpNet, MessageRateLimit, RateLimit, Server, parse_origin, parse_proxy,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Gives memory back to the system some ten seconds after a crowd has left, also when nothing else
/// happens.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Passes sealed frames between the replicas of a poll, and serves the page. Stores nothing.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the built page. Without it this is a relay only.
    #[arg(long)]
    dist: Option<PathBuf>,
    /// Origin whose pages may connect beside the relay's own, such as https://polls.example.org.
    /// May be repeated.
    #[arg(long = "allow-origin", value_name = "ORIGIN", value_parser = parse_origin)]
    allowed_origins: Vec<String>,
    /// Address or network of a proxy in front of the relay, such as 127.0.0.1, whose
    /// X-Forwarded-For says where a request is from. May be repeated. Without one, loopback is
    /// exempt from limits by address.
    #[arg(long = "proxy", value_name = "ADDRESS", value_parser = parse_proxy)]
    proxies: Vec<IpNet>,
    /// Most open sockets.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().max_connections)]
    max_connections: usize,
    /// Most open sockets of one IPv4 address or IPv6 /64.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().max_connections_per_address)]
    max_connections_per_address: usize,
    /// Most members of one room.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().max_room_size)]
    max_room_size: usize,
    /// Most members of one room with one address.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().max_room_size_per_address)]
    max_room_size_per_address: usize,
    /// Most rooms with a member.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().max_rooms)]
    max_rooms: usize,
    /// Sockets accepted a second in the long run; twice as many at once. The others wait for their
    /// turn.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().accepts_per_second)]
    accepts_per_second: u32,
    /// The same of one address; the others are turned away.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().accepts_per_second_per_address)]
    accepts_per_second_per_address: u32,
    /// Bytes that may wait for all readers together. Beyond it those give way who have not read for
    /// longest.
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().outbox_budget)]
    outbox_budget_bytes: usize,
    /// Frames a second that one connection may send in the long run; twice as many at once.
    #[arg(long, value_name = "COUNT", default_value_t = Config::default().messages.per_second)]
    frames_per_second: u32,
    /// Bytes a second that are forwarded for one connection in the long run, each receiver counted;
    /// four times as many at once. Above it the connection waits, and loses nothing.
    #[arg(long, value_name = "BYTES", default_value_t = Config::default().forward.per_second)]
    forward_bytes_per_second: u64,
    /// Longest silence of the relay; keep it below the idle timeout of a proxy.
    #[arg(long, value_name = "SECONDS", default_value_t = Config::default().heartbeat.as_secs())]
    heartbeat_seconds: u64,
}

impl Arguments {
    fn into_config(self) -> Config {
        let defaults = Config::default();
        Config {
            dist: self.dist,
            allowed_origins: self.allowed_origins,
            proxies: self.proxies,
            max_connections: self.max_connections,
            max_connections_per_address: self.max_connections_per_address,
            max_room_size: self.max_room_size,
            max_room_size_per_address: self.max_room_size_per_address,
            max_rooms: self.max_rooms,
            accepts_per_second: self.accepts_per_second,
            accepts_per_second_per_address: self.accepts_per_second_per_address,
            outbox_budget: self.outbox_budget_bytes,
            messages: MessageRateLimit {
                per_second: self.frames_per_second,
                burst: self.frames_per_second.saturating_mul(2).min(1_000_000),
                ..defaults.messages
            },
            forward: RateLimit {
                per_second: self.forward_bytes_per_second,
                burst: self.forward_bytes_per_second.saturating_mul(4).min(1 << 40),
            },
            heartbeat: Duration::from_secs(self.heartbeat_seconds),
            ..defaults
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("election-relay: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let listen = arguments.listen;
    let server = Server::new(arguments.into_config()).map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        format!("cannot listen on {listen}: {error}. Stop what uses that port, or name another with --listen")
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| format!("cannot tell the port: {error}"))?;
    let stop = CancellationToken::new();
    let signal = stop_signal().map_err(|error| format!("cannot listen for signals: {error}"))?;
    tokio::spawn({
        let stop = stop.clone();
        async move {
            signal.await;
            stop.cancel();
        }
    });
    // Whoever started this may be gone, which is no reason not to serve: so no println, which would
    // panic.
    let _ = writeln!(std::io::stdout(), "ready: http://{address}");
    server.run(listener, stop).await;
    eprintln!("election-relay: stopped");
    Ok(())
}

/// Listens for Ctrl-C and SIGTERM from now on; the future ends with the first.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C.
#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
