//! A real relay inside the test.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A relay on a free port of its own, until dropped.
pub struct Relay {
    pub address: SocketAddr,
    runtime: Runtime,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Relay {
    pub fn start() -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap())
    }

    /// A relay on the port of one that has stopped.
    pub fn listen(address: SocketAddr) -> Self {
        Self::with(address, election_relay::Config::default())
    }

    /// One with other limits than usual.
    pub fn with(address: SocketAddr, config: election_relay::Config) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = runtime.spawn(async move {
            election_relay::serve(listener, config, stopped)
                .await
                .unwrap();
        });
        Self {
            address,
            runtime,
            stop,
            task: Some(task),
        }
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs something that needs a runtime, such as a raw client.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Goes on with something beside the test, until its end.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }

    /// Stops it, closes all connections, and waits until its port is free.
    pub fn stop(mut self) {
        self.stop.cancel();
        let task = self.task.take().unwrap();
        self.runtime.block_on(task).unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
