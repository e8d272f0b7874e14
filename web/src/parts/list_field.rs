//! A field for a list, one name a line, and under it what the page makes of it.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::words::option_list::{List, Listed};
use crate::words::text;

/// What is written, and what is wrong with it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is listed.
    pub of: Listed,
    /// The field's id, and what the ids of its notes begin with.
    pub id: &'static str,
    /// The hook for tests.
    pub test: &'static str,
    /// As of now.
    pub text: String,
    /// Whether numbers in front belong to the names.
    pub keep_numbers: bool,
    /// Why it cannot be, if it cannot.
    pub error: Option<AttrValue>,
    /// When something else is written, or other numbers are to be kept.
    pub on_change: Callback<(String, bool)>,
}

/// The field.
#[component]
pub fn ListField(props: &Props) -> Html {
    let Props {
        of,
        id,
        text: written,
        keep_numbers,
        ..
    } = props;
    let list = List::read(written, *keep_numbers);
    let (number, [label, placeholder]) = (list.items.len(), of.asks());
    let (shown, more) = list.shown();
    let write = {
        let (keep, on_change) = (*keep_numbers, props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_change.emit((area.value(), keep));
            }
        })
    };
    let keep = {
        let (written, on_change) = (written.clone(), props.on_change.clone());
        let keep = !keep_numbers;
        Callback::from(move |_: Event| on_change.emit((written.clone(), keep)))
    };
    let (note, error_id) = (format!("{id}-note"), format!("{id}-error"));
    html! {
        <>
            <label class="field">
                <span>{ label }</span>
                <textarea id={*id} rows="6" value={written.clone()} oninput={write} {placeholder} data-test={props.test}
                    aria-describedby={format!("{error_id} {note}")} aria-invalid={props.error.is_some().to_string()} />
            </label>
            <div class="preview" id={note}>
                if number == 0 {
                    <p class="small">{ of.says(number) }</p>
                } else {
                    <p class="small" aria-live="polite">{ of.says(number) }</p>
                    <div>
                        { text::make::will_stand_as() }
                        <ul>
                            { for shown.iter().map(|item| html! { <li>{ &item.name }</li> }) }
                            if let Some(more) = more { <li>{ more }</li> }
                        </ul>
                    </div>
                }
            </div>
            if list.counted {
                <label class="row small">
                    <input type="checkbox" checked={*keep_numbers} onchange={keep} data-test={format!("{}-numbers", props.test)} />
                    { text::make::keep_numbers() }
                </label>
            }
            if let Some(error) = &props.error {
                <p class="error" role="alert" id={error_id} data-test="make-error">{ error }</p>
            }
        </>
    }
}
