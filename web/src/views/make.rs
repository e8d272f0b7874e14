//! Making a poll.

use election_core::poll::genesis::{BadPoll, Method};
use election_core::poll::precincts::Precincts;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::engine::founding;
use crate::parts::frame::frame;
use crate::parts::title::Title;
use crate::route;
use crate::words::amounts::count;
use crate::words::{option_list, sentence};

/// The form.
#[component]
pub fn Make() -> Html {
    let title = use_node_ref();
    let options = use_node_ref();
    let method = use_state(|| Method::Single);
    let listed = use_state(Vec::<String>::new);
    let error = use_state(|| None::<BadPoll>);
    // One poll however often the button is pressed.
    let busy = use_mut_ref(|| false);

    let list = {
        let listed = listed.setter();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                listed.set(option_list::parse(&area.value()));
            }
        })
    };
    let submit = {
        let (title, options, method, error) =
            (title.clone(), options.clone(), *method, error.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(title), Some(area)) = (
                title.cast::<HtmlInputElement>(),
                options.cast::<HtmlTextAreaElement>(),
            ) else {
                return;
            };
            if busy.replace(true) {
                return;
            }
            let (error, busy) = (error.clone(), busy.clone());
            spawn_local(async move {
                match founding::make(
                    &title.value(),
                    &option_list::parse(&area.value()),
                    method,
                    Precincts::One,
                    None,
                )
                .await
                {
                    Ok(link) => route::go(&format!("/chair#{}", link.token())),
                    Err(bad) => {
                        busy.replace(false);
                        let field: &HtmlElement = if is_of_title(&bad) { &title } else { &area };
                        let _ = field.focus();
                        error.set(Some(bad));
                    }
                }
            });
        })
    };
    let choose = |to: Method| {
        let method = method.setter();
        Callback::from(move |_: Event| method.set(to))
    };
    let wrong = |of_title: bool| {
        error.as_ref().filter(|bad| is_of_title(bad) == of_title).map(|bad| {
            let id = if of_title { "title-error" } else { "options-error" };
            html! { <p class="error" role="alert" {id} data-test="make-error">{ sentence(&bad.to_string()) }</p> }
        })
    };
    let (bad_title, bad_options) = (wrong(true), wrong(false));
    let content = html! {
        <>
            <div class="head"><Title text="Make a poll" /></div>
            <form class="card form" onsubmit={submit}>
                <label class="field">
                    <span>{ "What is the question?" }</span>
                    <input ref={title} autocomplete="off" placeholder="Where do we go this summer?" data-test="make-title"
                        aria-describedby="title-error" aria-invalid={bad_title.is_some().to_string()} />
                </label>
                { bad_title.unwrap_or_default() }
                <label class="field">
                    <span>{ "The options, one a line" }</span>
                    <textarea ref={options} rows="6" oninput={list} placeholder={"By the sea\nIn the hills\nStay here"} data-test="make-options"
                        aria-describedby="options-error options-note" aria-invalid={bad_options.is_some().to_string()} />
                </label>
                <div class="preview" id="options-note">
                    if listed.is_empty() {
                        <p class="small">{ "Paste a list if you have one: bullets and numbers in front are taken off." }</p>
                    } else {
                        <p class="small" aria-live="polite">{ count(listed.len() as u64, "option") }</p>
                        <ul>{ for listed.iter().take(64).map(|option| html! { <li class="tag">{ option }</li> }) }</ul>
                    }
                </div>
                { bad_options.unwrap_or_default() }
                <fieldset>
                    <legend>{ "How do people vote?" }</legend>
                    <label class="choice">
                        <input type="radio" name="method" checked={*method == Method::Single} onchange={choose(Method::Single)} data-test="make-method-single" />
                        <span><b>{ "One choice" }</b><br /><span class="small">{ "Each voter marks one option." }</span></span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="method" checked={*method == Method::Approval} onchange={choose(Method::Approval)} data-test="make-method-approval" />
                        <span><b>{ "Approval" }</b><br /><span class="small">{ "Each voter marks every option that they could live with." }</span></span>
                    </label>
                </fieldset>
                <div class="row"><button class="btn" data-test="make-submit">{ "Make the poll" }</button></div>
                <p class="small">{ "Title and options are signed and cannot be changed afterwards. Voters can change their votes." }</p>
            </form>
        </>
    };
    frame(Html::default(), content, Html::default())
}

/// Which field an error belongs to.
fn is_of_title(bad: &BadPoll) -> bool {
    matches!(
        bad,
        BadPoll::NoTitle | BadPoll::LongTitle(_) | BadPoll::ControlCharacter("the title")
    )
}
