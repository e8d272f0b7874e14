//! What all connections of one relay share.

use std::future::Future;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::rooms::Rooms;

/// The relay, as its connections see it.
pub(crate) struct Relay {
    pub(crate) config: Config,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) metrics: Arc<Metrics>,
    /// Asks everyone to finish.
    pub(crate) stop: CancellationToken,
    /// Ends everyone.
    pub(crate) kill: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Relay {
    /// A relay with nobody in it.
    pub(crate) fn new(config: Config, stop: CancellationToken) -> Self {
        let metrics = Arc::new(Metrics::default());
        let rooms = Rooms::new(&config, Arc::clone(&metrics));
        Self {
            config,
            rooms,
            metrics,
            stop,
            kill: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Runs a task that a stopping relay waits for, though not for ever.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        // In a box: each wrapper would hold the task a second time, before its first poll, for as
        // long as it lives.
        let task = Box::pin(task);
        self.tasks
            .spawn(self.kill.clone().run_until_cancelled_owned(task));
    }
}
