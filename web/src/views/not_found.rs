//! An address that is none.

use yew::prelude::*;

use crate::parts::frame::Frame;
use crate::parts::go::Go;
use crate::parts::title::Title;

/// Says so, and leads home.
#[component]
pub fn NotFound() -> Html {
    html! {
        <Frame>
            <div class="head">
                <Title text="There is nothing here" />
                <p>{ "This address belongs to no screen. If somebody sent it to you, a part of it may be missing." }</p>
                <p><Go to="/" class="btn">{ "To the start" }</Go></p>
            </div>
        </Frame>
    }
}
