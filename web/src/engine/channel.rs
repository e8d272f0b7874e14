//! What the tabs of one browser tell each other about a poll: that something was stored, that the browser goes offline, and
//! whether a tab's name is taken. All of it may be lost: what must hold, the database sees to.

use std::cell::Cell;
use std::rc::Rc;

use election_core::ids::PollId;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// How long a tab has to answer to its name, in milliseconds. Messages reach hidden tabs at once.
const ANSWER: u32 = 150;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something was added to the set of that name.
    Stored(String),
    /// The browser goes offline or comes back, by choice.
    Offline(bool),
    /// Whether any tab has that name.
    Who(String),
    /// A tab has it.
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

/// Whether another tab answers to that name.
pub async fn is_taken(poll: PollId, tab: &str) -> bool {
    let taken = Rc::new(Cell::new(false));
    let (answered, name) = (Rc::clone(&taken), tab.to_owned());
    let Some(channel) = Channel::open(poll, move |told| {
        if told == Told::Here(name.clone()) {
            answered.set(true);
        }
    }) else {
        return false;
    };
    channel.tell(&Told::Who(tab.to_owned()));
    TimeoutFuture::new(ANSWER).await;
    taken.get()
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
            Told::Here("ab".to_owned()),
        ] {
            assert_eq!(Told::read(&told.text()), Some(told));
        }
        assert_eq!(Told::read("of another version"), None);
    }
}
