//! A chromedriver, and the commands that WebDriver itself has not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::environment;

/// How long a driver may take to close its browsers before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A chromedriver on a free port. With it go its browsers, whichever way the test ends.
pub struct Driver {
    child: Child,
    port: u16,
    /// Kept open: who writes to a closed pipe dies.
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts one. On a busy machine one may die before it listens, so it is tried more than once.
    pub fn start() -> Self {
        (0..3)
            .find_map(|_| Self::try_start())
            .expect("chromedriver ended three times before it said its port")
    }

    fn try_start() -> Option<Self> {
        let mut child = Command::new(environment::path("CHROMEDRIVER"))
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut driver = Self {
            child,
            port: 0,
            output,
        };
        loop {
            let mut line = String::new();
            if driver.output.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            let said = line
                .trim_end()
                .trim_end_matches('.')
                .rsplit_once("successfully on port ");
            if let Some(port) = said.and_then(|(_, port)| port.parse().ok()) {
                driver.port = port;
                return Some(driver);
            }
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks it to close its browsers and end. A driver that is killed would leave them behind.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        if self.shut_down().is_ok() {
            while Instant::now() < deadline {
                if let Ok(Some(_)) = self.child.try_wait() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of Chromium's own.
#[derive(Debug)]
pub enum Chromium {
    /// One of the DevTools protocol, with its parameters.
    DevTools(&'static str, Value),
    /// What was written to the console since it was last asked for.
    Console,
}

impl WebDriverCompatibleCommand for Chromium {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let command = match self {
            Self::DevTools(..) => "goog/cdp/execute",
            Self::Console => "se/log",
        };
        base.join(&format!(
            "session/{}/{command}",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = match self {
            Self::DevTools(command, parameters) => json!({"cmd": command, "params": parameters}),
            Self::Console => json!({"type": "browser"}),
        };
        (http::Method::POST, Some(body.to_string()))
    }
}
