//! An address that is none.

use yew::prelude::*;

use crate::parts::frame::frame;
use crate::parts::go::go;
use crate::parts::title::Title;
use crate::words::text;

/// Says so, and leads home.
pub fn not_found() -> Html {
    let content = html! {
        <div class="head">
            <Title text={text::bad_link::no_screen_title()} />
            <p>{ text::bad_link::no_screen() }</p>
            <p>{ go("/", "btn", None, text::common::to_the_start().into()) }</p>
        </div>
    };
    frame(Html::default(), content, Html::default())
}
