//! The marks for each option: as bars, or as a table.

use std::rc::Rc;

use election_core::ballots::Return;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use yew::prelude::*;

use crate::words::text::results as text;
use crate::words::{leader, marks, percent};

/// What was counted.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The count.
    pub total: Return,
    /// This tab's own marks, if they are in it.
    #[prop_or_default]
    pub mine: Option<Choice>,
    /// Whether each option has its colour ([`marks::colour`]), as in a canvass; else the leader's
    /// stands out.
    #[prop_or_default]
    pub by_option: bool,
    /// What the table is called for those who hear it.
    pub caption: AttrValue,
    /// What the hooks for tests begin with.
    pub test: AttrValue,
}

/// The count, with the button that shows it the other way.
#[component]
pub fn Count(props: &Props) -> Html {
    let as_table = use_state(|| false);
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_: MouseEvent| as_table.set(!*as_table))
    };
    let order = leader::ranking(&props.total.counts);
    html! {
        <>
            if *as_table { { table(props, &order) } } else { { bars(props, &order) } }
            <div>
                <button type="button" class="btn small quiet" onclick={toggle}>
                    { if *as_table { text::as_bars() } else { text::as_table() } }
                </button>
            </div>
        </>
    }
}

fn bars(props: &Props, order: &[usize]) -> Html {
    let Props { poll, total, .. } = props;
    let most = poll.method().most_marks(total.counted);
    let leaders: Vec<usize> = leader::leaders(&total.counts).collect();
    html! {
        <ul class="result">
            { for order.iter().map(|&index| {
                let count = total.counts[index];
                // Moved rather than widened: the compositor does that without laying the page out
                // at every frame.
                let missing = 100_u64.saturating_sub(percent::share(count, most));
                let colour = if props.by_option {
                    Some(marks::colour(index))
                } else {
                    leaders.contains(&index).then_some("lead")
                };
                html! {
                    <li key={index} class={classes!("bar", colour)}>
                        <b>{ &poll.options()[index] }</b>
                        <span class="n">
                            <b data-test={format!("{}-{index}", props.test)}>{ count }</b>
                            { " · " }{ percent::text(count, most) }
                        </span>
                        <div class="track" aria-hidden="true">
                            <div class="fill" style={format!("transform:translateX(-{missing}%)")} />
                        </div>
                        if props.mine.is_some_and(|mine| mine.marks(index) > 0) { <span class="mine">{ text::your_vote() }</span> }
                    </li>
                }
            }) }
        </ul>
    }
}

fn table(props: &Props, order: &[usize]) -> Html {
    let Props { poll, total, .. } = props;
    let most = poll.method().most_marks(total.counted);
    html! {
        <table data-test={format!("{}s-table", props.test)}>
            <caption class="unseen">{ &props.caption }</caption>
            <thead><tr><th scope="col">{ text::option() }</th><th scope="col" class="n">{ text::votes() }</th><th scope="col" class="n">{ text::share() }</th></tr></thead>
            <tbody>
                { for order.iter().map(|&index| {
                    let count = total.counts[index];
                    html! {
                        <tr key={index}>
                            <th scope="row">
                                { &poll.options()[index] }
                                if props.mine.is_some_and(|mine| mine.marks(index) > 0) { <span class="mine">{ text::your_vote_in_brackets() }</span> }
                            </th>
                            <td class="n" data-test={format!("{}-{index}", props.test)}>{ count }</td>
                            <td class="n">{ percent::text(count, most) }</td>
                        </tr>
                    }
                }) }
            </tbody>
        </table>
    }
}
