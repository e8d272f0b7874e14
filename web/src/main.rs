//! The page: a Yew app that holds one replica of each poll it shows.

use yew::prelude::*;

/// The whole page.
#[component]
fn App() -> Html {
    html! {
        <main>
            <h1>{ "Election Voter" }</h1>
        </main>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
