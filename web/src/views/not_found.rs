//! An address that is none.

use yew::prelude::*;

use crate::parts::frame::frame;
use crate::parts::go::go;
use crate::parts::title::Title;

/// Says so, and leads home.
pub fn not_found() -> Html {
    let content = html! {
        <div class="head">
            <Title text="There is nothing here" />
            <p>{ "This address belongs to no screen. If somebody sent it to you, a part of it may be missing." }</p>
            <p>{ go("/", "btn", None, "To the start".into()) }</p>
        </div>
    };
    frame(Html::default(), content, Html::default())
}
