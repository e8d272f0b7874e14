//! What the tabs of one browser tell each other about a poll: that something was stored, that the
//! browser goes offline, and whether a tab's name is taken. All of it may be lost: what must hold,
//! the database sees to.

use std::cell::Cell;
use std::rc::Rc;

use election_core::ids::PollId;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::patience::breathe;

/// How long a tab has to answer that is hardly there, in milliseconds. Messages reach hidden tabs
/// at once.
const ANSWER: u32 = 150;
/// How many times as long one has that may well be there: it may be at work.
const PATIENCE: u32 = 10;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something was added to the set of that name.
    Stored(String),
    /// The browser goes offline or comes back, by choice.
    Offline(bool),
    /// Whether any tab has that name, or, if it is empty, the poll open.
    Who(String),
    /// A tab has.
    Here(String),
}

impl Told {
    fn text(&self) -> String {
        match self {
            Self::Stored(set) => format!("stored {set}"),
            Self::Offline(offline) => format!("offline {offline}"),
            Self::Who(tab) => format!("who {tab}"),
            Self::Here(tab) => format!("here {tab}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (what, of) = text.split_once(' ')?;
        Some(match what {
            "stored" => Self::Stored(of.to_owned()),
            "offline" => Self::Offline(of == "true"),
            "who" => Self::Who(of.to_owned()),
            "here" => Self::Here(of.to_owned()),
            _ => return None,
        })
    }
}

/// One poll's channel, until it is dropped.
pub struct Channel {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Channel {
    /// Calls `on` with what other tabs say. `None` in browsers that have no channels.
    pub fn open(poll: PollId, on: impl Fn(Told) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(&format!("election-voter/{poll}")).ok()?;
        let listener = EventListener::new(&channel, "message", move |event| {
            let data = event.unchecked_ref::<MessageEvent>().data();
            if let Some(told) = data.as_string().as_deref().and_then(Told::read) {
                on(told);
            }
        });
        Some(Self {
            channel,
            _listener: listener,
        })
    }

    /// Says something to the others.
    pub fn tell(&self, told: &Told) {
        // A channel that is closed has nobody to tell.
        let _ = self.channel.post_message(&JsValue::from_str(&told.text()));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// Whether another tab has the poll open. If none has, that costs the time that it has to answer.
pub async fn is_open(poll: PollId) -> bool {
    answers(poll, "", PATIENCE).await
}

/// Whether another tab answers to that name; `left` is whether this one's page before is gone for
/// sure. Each load of the page costs the time to answer then, and ten times that only where there
/// is somebody to answer, or nobody had the time to leave.
pub async fn is_taken(poll: PollId, tab: &str, left: bool) -> bool {
    answers(poll, tab, if left { 1 } else { PATIENCE }).await
}

async fn answers(poll: PollId, tab: &str, patience: u32) -> bool {
    let answered = Rc::new(Cell::new(false));
    let (here, name) = (Rc::clone(&answered), tab.to_owned());
    let Some(channel) = Channel::open(poll, move |told| {
        if told == Told::Here(name.clone()) {
            here.set(true);
        }
    }) else {
        return false;
    };
    channel.tell(&Told::Who(tab.to_owned()));
    for _ in 0..patience {
        TimeoutFuture::new(ANSWER).await;
        // Where this page was at work itself, the answer waits behind the timer.
        breathe().await;
        if answered.get() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_as_it_was_meant() {
        for told in [
            Told::Stored("poll/1/browser".to_owned()),
            Told::Offline(true),
            Told::Offline(false),
            Told::Who("ab".to_owned()),
            Told::Who(String::new()),
            Told::Here("ab".to_owned()),
        ] {
            assert_eq!(Told::read(&told.text()), Some(told));
        }
        assert_eq!(Told::read("of another version"), None);
    }
}
