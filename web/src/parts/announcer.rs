//! Says the result to those who do not see it: politely, and not at every ballot.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// The shortest time from one announcement to the next, in milliseconds.
const APART: u32 = 5_000;
/// The same for what changes all the time.
pub const RARELY: u32 = 30_000;

/// What is to be said.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The sentence as of now.
    pub says: AttrValue,
    /// The shortest time from one announcement to the next, in milliseconds.
    #[prop_or(APART)]
    pub apart: u32,
}

/// A live region that says its latest sentence once it is a few seconds old, and nothing twice.
#[component]
pub fn Announcer(props: &Props) -> Html {
    let said = use_state(AttrValue::default);
    let next = use_mut_ref(|| None::<AttrValue>);
    // What stands there when the screen opens is no news.
    let first = use_mut_ref(|| true);
    {
        let (said, apart) = (said.setter(), props.apart);
        use_effect_with(props.says.clone(), move |says| {
            if first.replace(false) {
                return;
            }
            let waiting = next.replace(Some(says.clone())).is_some();
            if !waiting {
                Timeout::new(apart, move || {
                    if let Some(says) = next.take() {
                        said.set(says);
                    }
                })
                .forget();
            }
        });
    }
    html! { <p class="unseen" role="status">{ (*said).clone() }</p> }
}
