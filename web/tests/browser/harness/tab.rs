//! One tab: look, click, type, and wait for something with a deadline.
//!
//! The tabs of a browser share one driver, which has one tab in hand at a time. So every call takes
//! the tab in hand first, and a test does one thing after another. Nothing here waits for a fixed
//! time and then believes: it looks again and again until it sees what it waits for.

use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::driver::Chromium;
use super::environment;

/// How long something may take that should happen at once. Machines that build may be slow; what
/// does not happen, does not happen in a minute either.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(40);

/// The tabulator key, for [`Tab::press`].
pub const TAB: char = '\u{E004}';
/// The Enter key.
pub const ENTER: char = '\u{E007}';
/// The Escape key.
pub const ESCAPE: char = '\u{E00C}';

/// A tab of a browser.
#[derive(Clone)]
pub struct Tab {
    client: Client,
    handle: WindowHandle,
    name: String,
    origin: String,
}

impl Tab {
    /// The tab of that handle.
    pub fn new(client: Client, handle: WindowHandle, name: &str, origin: &str) -> Self {
        Self {
            client,
            handle,
            name: name.to_owned(),
            origin: origin.to_owned(),
        }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the tab in hand: whatever the driver is told next is about it.
    pub async fn in_hand(&self) -> &Client {
        let switched = self.client.switch_to_window(self.handle.clone()).await;
        switched.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        &self.client
    }

    /// Opens an address: a path of the page such as `/make`, or a whole one.
    pub async fn open(&self, address: &str) -> &Self {
        let address = match address.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.origin),
            None => address.to_owned(),
        };
        // Another fragment alone loads nothing: leave first, as somebody does who follows a link
        // from elsewhere.
        for address in ["about:blank", &address] {
            let opened = self.in_hand().await.goto(address).await;
            opened.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        }
        self
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        let reloaded = self.in_hand().await.refresh().await;
        reloaded.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Runs JavaScript in every page that is loaded here from now on, before any of its own.
    pub async fn run_first(&self, script: &str) {
        let script = json!({ "source": script });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", script)
            .await;
    }

    /// Its process is killed, as when the machine has no memory left: the page learns nothing of
    /// it.
    pub async fn crash(self) {
        let client = self.in_hand().await;
        // Nobody is left to answer.
        let _ = client
            .issue_cmd(Chromium::DevTools("Page.crash", json!({})))
            .await;
    }

    /// Closes the tab.
    pub async fn close(self) {
        let closed = self.in_hand().await.close_window().await;
        closed.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Runs JavaScript in the page and gives what it returns.
    pub async fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let answer = self.try_run(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("{}: {error} in {script}", self.name))
    }

    async fn try_run(&self, script: &str, arguments: &[Value]) -> Result<Value, CmdError> {
        let client = self.in_hand().await;
        client.execute(script, arguments.to_vec()).await
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let client = self.in_hand().await;
        let answer = client
            .issue_cmd(Chromium::DevTools(command, parameters))
            .await;
        answer.unwrap_or_else(|error| panic!("{}: {command}: {error}", self.name))
    }

    /// Looks again and again until there is something to see.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            if Instant::now() > deadline {
                self.give_up(what).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Says what the tab shows instead, and keeps a picture of it.
    async fn give_up(&self, what: &str) -> ! {
        let picture = environment::screenshots().join(format!("failed-{}.png", self.name));
        let client = self.in_hand().await;
        if let Ok(png) = client.screenshot().await {
            // The message below matters more than the picture.
            let _ = std::fs::create_dir_all(environment::screenshots());
            let _ = std::fs::write(&picture, png);
        }
        let shows = self
            .try_run(
                "return location.href + '\\n' + document.body.innerText",
                &[],
            )
            .await;
        panic!(
            "{}: waited {} s for {what}. A picture is in {}. The tab shows:\n{}",
            self.name,
            PATIENCE.as_secs(),
            picture.display(),
            shows.map_or_else(
                |error| error.to_string(),
                |shows| shows.as_str().unwrap_or_default().to_owned()
            )
        )
    }

    /// What stands at a hook now: the value of a field, the text of anything else with its white
    /// space collapsed.
    pub async fn text(&self, hook: &str) -> Option<String> {
        const SCRIPT: &str = "const found = document.querySelector(`[data-test=\"${arguments[0]}\"]`); \
             if (!found) return null; \
             const text = found.matches('input, textarea') ? found.value : found.textContent; \
             return text.replace(/\\s+/g, ' ').trim();";
        // A page that is just being left cannot answer.
        let answer = self.try_run(SCRIPT, &[json!(hook)]).await.ok()?;
        answer.as_str().map(str::to_owned)
    }

    /// How many elements have the hook.
    pub async fn number(&self, hook: &str) -> u64 {
        let script = "return document.querySelectorAll(`[data-test=\"${arguments[0]}\"]`).length";
        self.run(script, &[json!(hook)])
            .await
            .as_u64()
            .unwrap_or_default()
    }

    /// Waits for a hook, and gives what stands there.
    pub async fn read(&self, hook: &str) -> String {
        self.until(&format!("`{hook}`"), async || self.text(hook).await)
            .await
    }

    /// Waits until exactly that stands at a hook.
    pub async fn shows(&self, hook: &str, text: &str) {
        let what = format!("`{hook}` to be {text:?}");
        self.until(&what, async || {
            (self.text(hook).await? == text).then_some(())
        })
        .await;
    }

    /// Waits until what stands at a hook contains that; gives all of it.
    pub async fn says(&self, hook: &str, part: &str) -> String {
        let what = format!("`{hook}` to say {part:?}");
        self.until(&what, async || {
            self.text(hook).await.filter(|text| text.contains(part))
        })
        .await
    }

    /// Waits until nothing has the hook any more.
    pub async fn lacks(&self, hook: &str) {
        let what = format!("`{hook}` to go");
        self.until(&what, async || (self.number(hook).await == 0).then_some(()))
            .await;
    }

    /// Waits until the text is anywhere on the screen.
    pub async fn mentions(&self, text: &str) {
        let script = "return document.body.innerText.includes(arguments[0])";
        let what = format!("{text:?} on the screen");
        self.until(&what, async || {
            let answer = self.try_run(script, &[json!(text)]).await.ok()?;
            answer.as_bool()?.then_some(())
        })
        .await;
    }

    /// Clicks on a hook with the mouse, as soon as that is possible. What moved away from under the
    /// mouse just then is clicked on again, as people do.
    pub async fn click(&self, hook: &str) {
        const WATCH: &str = "const found = arguments[0]; \
             window.testClicked = false; \
             found.addEventListener('click', () => window.testClicked = true, { capture: true, once: true });";
        const MISSED: &str = "return window.testClicked === false";
        let selector = format!("[data-test=\"{hook}\"]");
        self.until(&format!("a click on `{hook}`"), async || {
            let client = self.in_hand().await;
            let found = client.find(Locator::Css(&selector)).await.ok()?;
            let element = serde_json::to_value(&found).ok()?;
            client.execute(WATCH, vec![element]).await.ok()?;
            match found.click().await {
                Ok(()) => {}
                // Not there yet, moved, or rendered anew in between.
                Err(CmdError::Standard(_)) => return None,
                Err(error) => panic!("{}: `{hook}`: {error}", self.name),
            }
            // A page that was left by it cannot answer, and one that followed knows nothing of it.
            let missed = client.execute(MISSED, Vec::new()).await;
            (!missed.is_ok_and(|missed| missed == true)).then_some(())
        })
        .await;
    }

    /// Replaces what is in a field by pasting.
    pub async fn fill(&self, hook: &str, text: &str) {
        self.click(hook).await;
        self.run("document.activeElement.select()", &[]).await;
        if text.is_empty() {
            self.press('\u{E003}').await;
        } else {
            self.paste(text).await;
        }
    }

    /// Puts a text where the cursor is, all at once.
    pub async fn paste(&self, text: &str) {
        self.devtools("Input.insertText", json!({ "text": text }))
            .await;
    }

    /// Presses a key and lets it go.
    pub async fn press(&self, key: char) {
        let stroke = KeyActions::new("keyboard".into())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        let pressed = self.in_hand().await.perform_actions(stroke).await;
        pressed.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Presses the keys of a text one by one.
    pub async fn type_out(&self, text: &str) {
        for key in text.chars() {
            self.press(key).await;
        }
    }
}
