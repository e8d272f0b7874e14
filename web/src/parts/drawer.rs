//! What is drawn out at the side of the page, and covers it where that is narrow.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::cover::Cover;

/// What is in it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Its id, which is also how tests find it.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What the button says that closes it.
    pub close: &'static str,
    /// When it is closed.
    pub on_close: Callback<()>,
    /// What stands under the heading.
    pub children: Html,
}

/// The drawer. It takes the focus when it opens; Escape closes it.
#[component]
pub fn Drawer(props: &Props) -> Html {
    let heading = use_node_ref();
    let cover = use_mut_ref(|| None::<Cover>);
    {
        let (heading, cover) = (heading.clone(), cover.clone());
        use_effect_with((), move |()| {
            if let Some(heading) = heading.cast::<HtmlElement>() {
                let _ = heading.focus();
            }
            cover.replace(Cover::new());
            move || drop(cover.take())
        });
    }
    let on_close = {
        let close = props.on_close.clone();
        Callback::from(move |()| {
            // First, so that the page can take the focus back.
            drop(cover.take());
            close.emit(());
        })
    };
    let escape = {
        let close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    let close = Callback::from(move |_: MouseEvent| on_close.emit(()));
    html! {
        <aside class="drawer" aria-labelledby={props.id} onkeydown={escape} data-test={props.id}>
            <div class="row apart">
                <h2 id={props.id} ref={heading} tabindex="-1">{ props.title }</h2>
                <button type="button" class="dismiss" aria-label={props.close} onclick={close}>{ "✕" }</button>
            </div>
            { props.children.clone() }
        </aside>
    }
}
