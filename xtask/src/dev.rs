//! `cargo xtask dev`: the relay, and `trunk serve` with live reload; when one stops, so does the
//! other.

use crate::failure::{Failure, Outcome};
use crate::tools::Tools;
use crate::{page, process, run, say};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Where the relay listens; the proxy in Trunk.toml points there.
const RELAY_PORT: u16 = 8081;

/// How often the two are looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// How many glances a program has to end by itself: five seconds.
const GLANCES_TO_STOP: u32 = 50;

/// Runs both until one of them ends or the person stops them.
pub fn dev(port: u16) -> Outcome<()> {
    run::must_be_free(port)?;
    run::must_be_free(RELAY_PORT)?;
    let tools = Tools::ready()?;
    let relay = run::build_relay("dev")?;
    let stop = stop_signal()?;

    say::step(&format!(
        "Page on http://127.0.0.1:{port}, relay on port {RELAY_PORT}; Ctrl-C stops both"
    ));
    let mut relay_command = process::program(&relay);
    relay_command.args(["--listen", &format!("127.0.0.1:{RELAY_PORT}")]);
    let mut trunk_command = page::trunk(&tools, "serve")?;
    // A folder of its own: the release build in dist/ may be in use by a test at the same time.
    trunk_command.args(["--port", &port.to_string(), "--dist", "target/dev-page"]);

    let mut relay = Running::start("the relay", relay_command)?;
    let mut trunk = Running::start("trunk", trunk_command)?;
    let ended = loop {
        if stop.load(Ordering::Relaxed) {
            break None;
        }
        if let Some(name) = [&mut relay, &mut trunk]
            .into_iter()
            .find_map(Running::has_ended)
        {
            break Some(name);
        }
        thread::sleep(GLANCE);
    };
    trunk.stop();
    relay.stop();
    match ended {
        None => Ok(()),
        Some(name) => Err(Failure::new(
            format!("{name} has ended, so the other was stopped too"),
            "read its last lines above",
        )),
    }
}

/// A flag that Ctrl-C and SIGTERM set.
fn stop_signal() -> Outcome<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).map_err(|error| {
        Failure::new(
            format!("cannot listen for Ctrl-C: {error}"),
            "run `trunk serve` and the relay by hand, each in a terminal",
        )
    })?;
    Ok(stop)
}

/// A program in a process group of its own, so that it is stopped with all that it started itself.
struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    fn start(name: &'static str, mut command: Command) -> Outcome<Running> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.stdin(Stdio::null()).spawn().map_err(|error| {
            let line = process::line(&command);
            Failure::new(format!("cannot start `{line}`: {error}"), "try it by hand")
        })?;
        Ok(Running { name, child })
    }

    /// Its name, once it runs no more.
    fn has_ended(&mut self) -> Option<&'static str> {
        let runs = matches!(self.child.try_wait(), Ok(None));
        (!runs).then_some(self.name)
    }

    /// Asks it to end, and ends it if it does not.
    fn stop(&mut self) {
        #[cfg(unix)]
        {
            let group = format!("-{}", self.child.id());
            let _ = process::answer(process::program("kill").args(["-TERM", "--", &group]));
            for _ in 0..GLANCES_TO_STOP {
                if self.has_ended().is_some() {
                    return;
                }
                thread::sleep(GLANCE);
            }
        }
        // Failing here means that it has ended by itself, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Also on the way out through an error: nothing is left running.
impl Drop for Running {
    fn drop(&mut self) {
        if self.has_ended().is_none() {
            self.stop();
        }
    }
}
