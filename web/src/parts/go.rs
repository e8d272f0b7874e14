//! A link within the page.

use yew::prelude::*;

use crate::route;

/// Where to, and how it looks.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The address, which may carry a token.
    pub to: AttrValue,
    /// Its classes.
    #[prop_or_default]
    pub class: Classes,
    /// Its hook for tests.
    #[prop_or_default]
    pub test: Option<AttrValue>,
    /// Its text.
    pub children: Html,
}

/// A real link, so that it can be opened in another tab, copied and read out; a plain click stays in the page.
#[component]
pub fn Go(props: &Props) -> Html {
    let to = props.to.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if !(event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key()) {
            event.prevent_default();
            route::go(&to);
        }
    });
    html! {
        <a href={props.to.clone()} class={props.class.clone()} data-test={props.test.clone()} {onclick}>
            { props.children.clone() }
        </a>
    }
}
