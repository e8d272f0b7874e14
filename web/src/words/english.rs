//! English: everything that the page says, and nothing else. See [`catalogue`](super::catalogue)
//! for how it is written.
//!
//! A text stands here as a whole, with its capital and its full stop, or as a part that its name
//! says. Whoever chooses among texts does so by key, in [`words`](super): nothing is put together
//! from pieces of sentences elsewhere.

use election_core::poll::method::Method;

use super::catalogue::{MethodWords, catalogue};

/// The forms that English has for numbers.
enum Plural {
    One,
    Other,
}

const fn plural(number: u64) -> Plural {
    match number {
        1 => Plural::One,
        _ => Plural::Other,
    }
}

/// What stands on several screens.
pub mod common {
    super::catalogue! {
        brand => "Election Voter";
        window_title(screen: &str) => "{screen} · Election Voter";
        skip => "Skip to the content";
        to_the_start => "To the start";
        dismiss => "Dismiss this message";
        keep_it => "Keep it";
        try_now => "Try now";
        provisional => "provisional";
        copied => "Copied";
        copy_by_hand => "Select it and copy by hand";
        two_names(first: &str, last: &str) => "{first} and {last}";
        and_more(number: usize) => "and {number} more";
        comma => ", ";
        marks(option: &str, number: u64) => "{option}: {number}";
        percent(share: &str) => "{share} %";
        others(number: u64) => { number: One => "{number} other", Other => "{number} others" };
        precincts(number: usize) => { number: One => "{number} precinct", Other => "{number} precincts" };
        precinct(number: u32) => "Precinct {number}";
        precinct_yours(name: &str) => "{name} (yours)";
    }
}

/// Parts of the page that are fetched when they are wanted.
pub mod later {
    super::catalogue! {
        on_its_way => "Loading this part of the page…";
        missing => "This part of the page could not be fetched. See that you are connected, and try again.";
        again => "Try again";
        reload => "Reload the page";
    }
}

/// Spans of time and sizes.
pub mod amounts {
    super::catalogue! {
        seconds(number: u64) => "{number} s";
        minutes(number: u64) => "{number} min";
        hours(number: u64) => "{number} h";
        days(number: u64) => { number: One => "{number} day", Other => "{number} days" };
        just_now => "just now";
        ago(span: &str) => "{span} ago";
        bytes(number: u64) => "{number} B";
        kilobytes(number: u64) => "{number} kB";
        megabytes(number: u64, tenths: u64) => "{number}.{tenths} MB";
    }
}

/// The first screen.
pub mod home {
    super::catalogue! {
        title => "A poll that needs no server to keep it";
        what_it_is => "Ask a question, share a link, and every tab that opens it holds the poll, or its precinct of a large one: it checks each ballot, counts by itself, and passes on what it knows.";
        offline => "Vote with no network. When you are back, the ballots merge.";
        make => "Make a poll";
        make_says => "A title, a few options, and you have a link to share. No account, about twenty seconds.";
        join => "Join a poll";
        link => "The link that you were sent";
        open => "Open it";
        no_link => "Paste the link first.";
        elsewhere(site: yew::Html) => ["This poll is held on another site. Open it there, if you trust it: ", site];
        promises => "What it promises, and what it does not";
        promises_yours => "Nobody but you can make or change your ballot: it is signed with a key that stays on your device.";
        promises_same => "The same ballots give the same result in every tab, and four words let you compare by ear. Of other precincts a tab shows what they return, and how far that can be trusted.";
        promises_log => "Nothing disappears silently: the chair can revoke a ballot only with a reason that all can read, for good.";
        promises_any_tab => "Any one tab that is left brings the poll back; where there are precincts, one of each.";
        promises_relay => "The relay between the tabs can neither read nor forge a vote.";
        not_secret => "Ballots are not secret. They stand under made-up names, and somebody who knows which is yours knows your vote.";
        not_one_person => "An open link does not mean one vote a person: it is one a browser, and whoever has two browsers can vote twice.";
        not_unforced => "It does not protect anybody who is made to vote in a certain way.";
        not_honest_host => "A dishonest host of this page could serve a dishonest page.";
        not_final => "Results are provisional: a late tab may still bring ballots.";
    }
}

/// The polls of this device.
pub mod recent {
    super::catalogue! {
        title => "Recent polls on this device";
        none => "None yet. A poll that you make or open is listed here, and your voter stays on this device: closing the tab loses nothing.";
        not_arrived => "A poll that has not arrived yet";
        opened(role: &str, ago: &str) => "{role} · opened {ago}";
        voter => "you vote";
        voter_in(precinct: &str) => "you vote in {precinct}";
        chair => "you are the chair";
        chair_in(precinct: &str) => "you are the chair and vote in {precinct}";
        forget => "Forget";
        forget_which(title: &str) => "Forget {title}";
        forget_as_chair => "Forget this poll and its keys? Without the chair's link nobody can be its chair any more. Votes that others have stay counted.";
        forget_as_voter => "Forget this poll and your voter's key? You could not change your vote any more. It stays counted in the others' tabs.";
        forget_it => "Forget it";
        open_here => "That poll is open in this tab. Reload the tab, then forget it.";
        open_elsewhere => "That poll is open in another tab. Close that tab, then forget the poll.";
    }
}

/// The form that makes a poll.
pub mod make {
    super::catalogue! {
        title => "Make a poll";
        question => "What is the question?";
        question_example => "Where do we go this summer?";
        options => "The options, one a line";
        options_example => "By the sea\nIn the hills\nStay here";
        options_hint(most: usize) => "Paste a list if you have one: bullets and numbers in front are taken off. At most {most} options.";
        options_number(number: usize, most: usize) => { number: One => "{number} option (at most {most})", Other => "{number} options (at most {most})" };
        precincts => "The precincts, one a line";
        precincts_example => "Hall A\nHall B\nAt home";
        precincts_hint(most: usize) => "Each precinct gets its own link and QR code. At most {most} precincts.";
        precincts_number(number: usize, most: usize) => { number: One => "{number} precinct (at most {most})", Other => "{number} precincts (at most {most})" };
        will_stand_as => "Will stand as: ";
        keep_numbers => "Keep the numbers in front: they are part of the names";
        method => "How do people vote?";
        holder => "How often can one vote?";
        holder_browser => "One vote a browser";
        holder_browser_says => "For a real vote. Whoever opens the link again, in any tab of their browser, finds their vote and can change it.";
        holder_tab => "One vote a tab";
        holder_tab_says => "To try it out, to show it, or to pass one device around. Every tab that opens the link is a new voter.";
        places => "Where do people vote?";
        places_one => "One room";
        places_one_says => "Everybody has the same link, and every tab holds every ballot.";
        places_named => "Named precincts";
        places_named_says => "Halls, wards or classes, each with its own link and QR code. A tab holds the ballots of its own; the others report their counts.";
        places_automatic => "Automatic precincts";
        places_automatic_says => "One link; each voter's key says where they belong. Worth it from some thousand voters on.";
        own_precinct => "You vote in";
        how_many_precincts => "How many precincts?";
        how_many_precincts_hint(least: u16, most: u16) => "{least} to {most}: about one for every thousand voters. With fewer voters than that, one room is simpler and every tab can check everything.";
        submit => "Make the poll";
        for_good => "All of this is signed and cannot be changed afterwards. Voters can change their votes.";
    }
}

/// Ways to vote.
pub const fn method(method: Method) -> MethodWords {
    match method {
        Method::Single => MethodWords {
            title: "One choice",
            name: "One choice",
            says: "Each voter marks one option.",
            asks: "Mark one",
            asks_again: "To change it, mark another one",
        },
        Method::Approval => MethodWords {
            title: "Approval: mark as many as you like",
            name: "Approval",
            says: "Each voter marks every option that they could live with.",
            asks: "Mark every one that you approve of",
            asks_again: "To change it, mark others",
        },
    }
}

/// Why a poll cannot be made as it is written.
pub mod bad_poll {
    super::catalogue! {
        title_empty => "Give the poll a title.";
        title_long(number: usize) => { number: One => "The title is too long by about {number} character.", Other => "The title is too long by about {number} characters." };
        title_control => "The title has a control character, such as a line break or a change of writing direction.";
        title_blank => "The title has only characters that do not show.";
        few_options(number: usize, least: usize) => "A poll takes at least {least} options; this one has {number}.";
        many_options(number: usize, most: usize) => "A poll takes at most {most} options; this one has {number}.";
        few_precincts(number: usize, least: u16) => "A poll with precincts has at least {least}; this one has {number}.";
        many_precincts(number: usize, most: usize) => "A poll has at most {most} precincts; this one has {number}.";
        many_named_precincts(number: usize, most: usize) => "A poll has at most {most} named precincts; this one has {number}.";
        number_of_precincts(least: u16, most: u16) => "Give the number of precincts in digits, from {least} to {most}.";
        name_empty(line: usize) => "Line {line}: the name has no name.";
        name_long(line: usize, number: usize) => { number: One => "Line {line}: the name is too long by about {number} character.", Other => "Line {line}: the name is too long by about {number} characters." };
        name_control(line: usize) => "Line {line}: the name has a control character, such as a line break or a change of writing direction.";
        name_blank(line: usize) => "Line {line}: the name has only characters that do not show.";
        same_name(line: usize, name: &str, earlier: usize) => "Line {line}: “{name}” stands in line {earlier} already.";
        alike_name(line: usize, name: &str, earlier: usize) => "Line {line}: “{name}” looks like line {earlier}, and people could not tell them apart.";
        many_ballots(most: u32) => "A voter may sign at most {most} ballots.";
        too_long(number: usize) => { number: One => "All names together are too long by about {number} character: shorten some, or give the precincts none.", Other => "All names together are too long by about {number} characters: shorten some, or give the precincts none." };
    }
}

/// Why a link is not opened.
pub mod bad_link {
    super::catalogue! {
        title => "This link does not open a poll";
        no_token => "This is not a link to a poll: it has no part after “#”.";
        no_token_in(text: &str) => "This is not a link to a poll: it has no part after “#” (it reads “{text}”).";
        other_token => "This is not a link to a poll: what stands after “#” does not begin like a poll's.";
        other_token_in(text: &str) => "This is not a link to a poll: what stands after “#” does not begin like a poll's (it reads “{text}”).";
        other_version(theirs: u8, ours: u8) => "This link was made by another version of Election Voter (link version {theirs}, this is version {ours}): reload the page or update the program.";
        incomplete(seen: usize, whole: usize) => "This link is damaged: part of it is missing or changed, {seen} of {whole} characters after “#” are there; copy it again as a whole.";
        mistyped => "This link is damaged: a character in it is wrong; copy it again as a whole.";
        too_long(bytes: usize) => "This is too much text to look for a link in, {bytes} bytes: copy the link alone.";
        ask_again => "Ask whoever sent it to send it again, and copy it as a whole: it ends in a long row of letters and digits after a “#”.";
        misfit_title => "This link does not fit its poll";
        misfit => "This link does not fit its poll, which has another number of precincts: ask for the link again.";
        misfit_says => "Somebody changed a part of it, or made it for another poll. Nothing was taken in, and nothing is counted here.";
        no_screen_title => "There is nothing here";
        no_screen => "This address belongs to no screen. If somebody sent it to you, a part of it may be missing.";
    }
}

/// While a poll is not here yet.
pub mod waiting {
    super::catalogue! {
        opening => "Opening the poll…";
        title => "Waiting for the poll";
        where_it_is => "A poll lives in the tabs that have it open. There is no server that keeps it.";
        offline => "You are offline because you chose to be. Go online, and the poll comes from the first tab that is in reach.";
        let_in => "This page keeps trying by itself, and the poll comes when it is let in.";
        unreachable => "The relay is not in reach, so nobody is. This page keeps trying by itself.";
        connecting => "Looking for somebody who has it…";
        nobody => "Nobody else is here right now. Somebody who has the poll has to open it: whoever made it, or anyone who has voted. It comes from there by itself; leave this page open.";
        asleep => "Somebody is here but does not answer: their tab may be asleep, as phones do with tabs in the background, or wait for the poll as you do. Ask them to bring that tab to the front.";
        asking => "Somebody is here. Asking for the poll…";
        send_this => "You can send them this:";
        letter => "I opened the link of your poll, and nobody has it open right now. Please open the poll on your device and leave it in front for a moment: it comes to me from there.";
        copy_letter => "Copy the text";
        copy_letter_for => "for whoever has the poll";
        progress(received: u64, total: u64) => "{received} of {total} entries came in";
    }
}

/// Whether others are in reach.
pub mod connection {
    super::catalogue! {
        offline => "Offline";
        connecting => "Connecting…";
        nobody => "Nobody else here";
        nobody_of(precinct: &str) => "Nobody else of {precinct} here";
        others(number: u32) => { number: One => "{number} other here", Other => "{number} others here" };
        others_of(number: u32, precinct: &str) => { number: One => "{number} other of {precinct} here", Other => "{number} others of {precinct} here" };
        go_online => "Go online";
        go_offline => "Go offline";
        other_version => "The relay speaks another version than this page, which may be an old one: reload the page.";
        room_full => "The poll's room is full, or your network has all the places there that it may have: somebody must leave first.";
        stopping => "The relay is shutting down.";
        too_fast => "The relay hung up, because this page sent too much at once.";
        hung_up => "The relay hung up.";
    }
}

/// What stands above a poll.
pub mod poll {
    super::catalogue! {
        inspector => "Inspector";
        chairs_desk => "The chair's desk";
        you_vote_in(precinct: yew::Html, number: u16) => ["You vote in ", precinct, ", one of {number} precincts."];
        in_short(method: &str, holder: &str) => "{method} · {holder} · provisional: ballots may still come · you can change your vote";
        in_short_closed(method: &str, holder: &str) => "{method} · {holder} · closed by the chair: no more ballots are cast, and those on their way still count";
        holder_browser => "one vote a browser";
        holder_tab => "one vote a tab, to try it out";
        leave_desk => "Leave the desk";
        i_am_the_chair => "I am the chair";
        no_key => "This browser has no chair's key that fits this poll, so you can vote and read, and not revoke. Open the chair's link for that.";
        strayed(named: &str, own: &str) => "You opened {named}'s link, but this browser votes in {own} already.";
    }
}

/// What a person should know right now.
pub mod notes {
    super::catalogue! {
        reload_to_sign(why: &str) => "This tab shows what comes in, and does not vote any more until you reload it: {why}.";
        reload => "Reload the page";
        full => "This tab holds as much as it can: ballots of more voters, or more entries of the chair's log, are not taken in. What it holds stays, counts, and can be changed and revoked. The chair can make the poll anew, in precincts, which hold as much each.";
        needs_newer(number: usize) => { number: One => "{number} entry here needs a newer version of this page. It is kept and passed on, and not counted. Reload the page to get it.", Other => "{number} entries here need a newer version of this page. They are kept and passed on, and not counted. Reload the page to get it." };
        chose_offline_kept => "You are offline because you chose to be. You can vote, change your vote and read everything here; it is saved on this device and sent when you go online.";
        chose_offline => "You are offline because you chose to be. You can vote, change your vote and read everything here; it is sent when you go online.";
        offline_kept => "Offline: you can vote; it is saved on this device and sent when someone is in reach. This page keeps trying by itself.";
        offline => "Offline: you can vote; it is sent when someone is in reach. This page keeps trying by itself.";
        vote_waits => "Your vote is waiting here.";
        unsaved(why: &str) => "What comes in is shown and not saved at the moment ({why}). It is fetched again after a reload.";
        unkept(why: &str) => "This browser does not keep anything for this page ({why}). You can vote, but keep this tab open: when it is closed, this voter is gone.";
        away(span: &str, what: &str) => "Away {span}: {what}.";
        away_two(first: &str, last: &str) => "{first} and {last}";
        away_more(first: &str, last: &str) => "{first}, and {last}";
        no_ballots_came => "no ballots came in";
        ballots_came(number: u64) => { number: One => "{number} ballot came in", Other => "{number} ballots came in" };
        revoked(number: u64) => { number: One => "{number} was revoked", Other => "{number} were revoked" };
        vote_on_its_way => "your vote is on its way";
        vote_reached(number: usize) => { number: One => "your vote reached {number} other", Other => "your vote reached {number} others" };
        return_changed(precinct: &str) => "{precinct}'s return changed";
        returns_changed(number: usize) => { number: One => "{number} precinct's return changed", Other => "{number} precincts' returns changed" };
        secret_taken => "You opened the chair's link. Its secret is kept in this browser now, and gone from the address and from this tab's history. The browser's list of visited pages may still have it, and so has whoever was sent the link.";
        secret_stays => "The chair's secret is still in this page's address, because this browser keeps nothing for this page. Whoever gets the address can revoke ballots in your name: do not send it, send the voters' link below.";
        secret_unkept => "Only this tab knows that you are the chair, because this browser keeps nothing for this page. Copy the chair's link below to a safe place before you close or reload it.";
    }
}

/// One's own ballot.
pub mod ballot {
    super::catalogue! {
        title => "Your ballot";
        vote => "Vote";
        vote_again => "Vote again";
        change => "Change my vote";
        not_cast => "Not cast yet: your earlier vote stands.";
        closed => "The chair has closed this poll: it takes no more ballots.";
        receipt_word => "receipt";
        receipt(words: yew::Html) => ["Receipt: ", words];
        you_vote_as(name: yew::Html) => ["You vote as ", name, ". Ballots are signed, and everybody with the link can read them under such names: not secret, and not under your own name."];
        revoked => "The chair revoked your ballot. It does not count any more. You can vote again.";
        revoked_because(reason: &str) => "The chair revoked your ballot: “{reason}”. It does not count any more. You can vote again.";
        barred => "The chair barred you from this poll: no ballot that you sign counts.";
        barred_because(reason: &str) => "The chair barred you from this poll: “{reason}”. No ballot that you sign counts.";
        spoiled => "Your ballot is spoiled: two different ones were signed with your key under the same number, so neither counts. Vote again, and the new one counts.";
        voted(choice: &str) => "You voted for {choice}";
        voted_in_browser(choice: &str) => "You voted for {choice} in this browser";
        voted_in_tab(choice: &str) => "You voted for {choice} in this tab";
        now_revoked(choice: &str) => "The chair revoked your vote for {choice}";
        now_revoked_because(choice: &str, reason: &str) => "The chair revoked your vote for {choice}: {reason}";
        now_barred => "The chair barred you from this poll";
        now_barred_because(reason: &str) => "The chair barred you from this poll: {reason}";
        now_cast(choice: &str) => "Your vote for {choice} is cast in this tab, and saved nowhere.";
        now_saved(choice: &str) => "Your vote for {choice} is saved on this device.";
        now_seen(choice: &str) => "Somebody else has your vote for {choice}.";
        saving => "Saving on this device…";
        casting => "Casting…";
        sent => "Sent. Nobody has said yet that they have it.";
        seen_by(number: usize) => { number: One => "Seen by {number} other.", Other => "Seen by {number} others." };
        saved_and(what: &str) => "Saved on this device. {what}";
        unsaved_and(what: &str) => "Only in this tab: keep it open. {what}";
        waits => "It is sent when someone is in reach.";
        waits_for(precinct: &str) => "It is sent when someone of {precinct} is in reach.";
        waits_and_counts(precinct: &str) => "Nobody else of {precinct} is in reach to keep it; the other precincts see {precinct}'s return.";
        steps => "Where your vote is";
        step_saved => "Saved here";
        step_unsaved => "In this tab only";
        step_sent => "Sent";
        step_seen => "Seen by others";
        step_seen_by(number: usize) => "Seen by {number}";
        step_done => ": done";
        somebody_else => "Vote for somebody else here";
        somebody_else_in(precinct: &str) => "Vote for somebody else here, in {precinct}";
        somebody_else_says => "For another person at this device: they get a ballot and a voter's name of their own, and your vote stays as it is.";
        voters_here(number: usize) => { number: One => "{number} voter in this browser", Other => "{number} voters in this browser" };
        has_voted => "has voted";
        has_not_voted => "has not voted";
        votes_here_now => "votes here now";
        go_on_as(name: &str) => "Go on as {name}";
    }
}

/// Why something that a person asked for is not done.
pub mod refusal {
    super::catalogue! {
        not_open => "The poll is not here yet: it comes from the first open tab that is in reach.";
        nothing_marked => "Mark an option.";
        too_many_marks(number: usize) => "This poll takes one mark, and {number} were made.";
        no_such_option(option: usize, options: usize) => "There is no option {option}: this poll has {options}, counted from 0.";
        unchanged => "That is already your vote.";
        too_many_changes(most: u32) => "This vote was changed as often as the poll allows: {most} ballots at the most.";
        other_precinct => "This key votes in another precinct: open the link of that one.";
        full => "This replica holds as many voters as it can.";
        still_saving => "Your last ballot is still being saved.";
        not_chair => "Only the chair can do that: open the chair's link.";
        no_such_ballot => "There is no such ballot here.";
        already_revoked => "That ballot is revoked already.";
        closed => "The chair has closed this poll: it takes no more ballots.";
        already_open => "The poll is open already.";
        already_closed => "The poll is closed already.";
        too_many_statuses => "The poll was closed and opened too often to change that again.";
        barred => "The chair barred you from this poll: no ballot that you sign counts.";
        already_barred => "That voter is barred already.";
        no_such_precinct => "This poll has no such precinct.";
        own_precinct => "This is the precinct that you hold: its ballots are counted here already.";
        too_many_audits(most: usize) => "You are counting {most} precincts already: stop one first.";
        already_struck => "That return is struck already.";
        log_full => "The chair's log is full.";
        reason_empty => "Give a reason: everybody will see it.";
        reason_long(number: usize) => { number: One => "The reason is too long by about {number} character.", Other => "The reason is too long by about {number} characters." };
        reason_control => "The reason has a control character, such as a line break.";
        reason_blank => "Give a reason that can be read: this one has only characters that do not show.";
        not_saved(why: &str) => "This could not be saved, so it was not sent: {why}. Reload the page and try again.";
        perhaps_saved(why: &str) => "This could not be saved so far, because {why}. Reload the page and see whether it is there before you try again.";
        reload_first(why: &str) => "Reload this page first: {why}.";
        lacking => "A ballot that you cast before is damaged on this device. Nothing more is cast under this name before it has come back from somebody who has it, because both would count for nothing.";
    }
}

/// Why this device does not keep what it should: as a part of a sentence, and as one.
pub mod storage {
    super::catalogue! {
        refused(why: &str) => "this browser does not save anything here ({why})";
        refused_alone(why: &str) => "This browser does not save anything here ({why}).";
        silent => "this browser's storage does not answer";
        silent_alone => "This browser's storage does not answer.";
        unreadable => "what this browser keeps of this poll cannot be read";
        unreadable_alone => "What this browser keeps of this poll cannot be read.";
        newer => "a newer version of this page is open in this browser";
        newer_of_it => "a newer version of it is open in this browser";
        newer_alone => "A newer version of this page is open in this browser.";
        no_database => "it has no database for this window";
        no_reason => "no reason given";
        disk_full => "the disk may be full";
        broke_off => "the browser broke off";
    }
}

/// What was counted.
pub mod results {
    super::catalogue! {
        title => "Results so far";
        title_of(precinct: &str) => "{precinct}, your precinct";
        struck => "The chair struck this return; the reason stands in the log. It counts for nothing in the total until another ballot changes it.";
        so_far(leads: &str) => "{leads}.";
        nobody_leads => "No ballots are counted yet";
        leads(option: &str, most: u64, ballots: u64) => "{option} leads with {most} of {ballots}";
        tie_of_two(one: &str, other: &str, most: u64, ballots: u64) => "A tie between {one} and {other}, with {most} of {ballots} each";
        tie(number: usize, most: u64, ballots: u64) => "A tie between {number} options, with {most} of {ballots} each";
        as_bars => "Show as bars";
        as_table => "Show as a table";
        your_vote => "your vote";
        your_vote_in_brackets => " (your vote)";
        option => "Option";
        votes => "Votes";
        share => "Share";
        counted => "Ballots counted";
        revoked => "Revoked";
        spoiled => "Spoiled";
        agree => "Tabs that agree";
        agree_none => "none in reach";
        agree_asking => "asking them…";
        agree_all(agree: usize, others: usize) => "{agree} of {others}";
        agree_heard(agree: usize, others: usize) => "all {agree} heard from, of {others}";
        agree_not_all(agree: usize, others: usize, differ: usize) => "{agree} of {others}; {differ} hold something else";
        code => "Result code: tabs with the same four words hold the same ballots";
    }
}

/// How far the count of a precinct can be trusted.
pub mod grade {
    super::catalogue! {
        folded => "folded";
        attested => "attested";
        attested_by(members: u8) => "attested by {members}";
        attested_by_or_more(members: u8) => "attested by {members} or more";
        claimed => "claimed";
        claimed_by(members: usize) => "claimed by {members}";
        disputed => "disputed";
        disputed_by(members: usize) => "disputed by {members}";
        struck => "struck";
        struck_returns(number: usize) => { number: One => "{number} return struck", Other => "{number} returns struck" };
        missing => "not heard of yet";
        nothing_yet => "nothing heard yet";
        in_part(grade: &str) => "{grade}, in part";
        so_many(number: usize, grade: &str) => "{number} {grade}";
        any_option => "Any grade";
        folded_option => "Folded";
        attested_option => "Attested";
        claimed_option => "Claimed";
        disputed_option => "Disputed";
        struck_option => "Struck";
        missing_option => "Not heard of yet";
        meaning => "What do these grades mean?";
        meaning_says => "Your tab holds the ballots of your own precinct. Of the others it knows what they report, and says how far that can be trusted. The total is as sure as its weakest part.";
        folded_means => "This tab has the precinct's ballots, checked each one and counted them itself.";
        attested_means(seconds: u64) => "So many members (tabs of that precinct, two or more) signed the same count, and it stood undisputed for {seconds} seconds, or longer in polls of more than 200 precincts. With an open link one person can be all of them.";
        claimed_means => "One member signed this count; or several did, and it has not stood for so long yet, or is disputed.";
        disputed_means => "A member holds ballots that give another count. Count the precinct yourself to see.";
        struck_means => "The chair took a return out of the total, with a reason that stands in the log. In place of a grade: nothing else is known of the precinct.";
        missing_means => "Nobody of it was in reach. Its ballots are not in the total.";
    }
}

/// All precincts together.
pub mod canvass {
    super::catalogue! {
        title => "The canvass: all precincts";
        caption => "All precincts so far";
        who_reported => "Who has reported";
        all_report(all: usize) => "All {all} precincts report";
        report(number: usize, all: usize) => { number: One => "{number} of {all} precincts reports", Other => "{number} of {all} precincts report" };
        nothing_yet => "Nothing has been heard of any precinct yet.";
        folded(leads: &str) => "{leads}, all counted by this tab.";
        folded_in_part(leads: &str) => "{leads} so far, in the precincts that this tab counts.";
        attested(leads: &str) => "{leads} so far, as attested.";
        claimed(leads: &str) => "{leads} so far, as claimed.";
        announcement(leads: &str, report: &str) => "All precincts: {leads} {report}.";
    }
}

/// The precincts one by one.
pub mod precincts {
    super::catalogue! {
        title => "Precinct by precinct";
        find => "Find a precinct";
        grade => "Grade";
        none => "No precinct is like that right now.";
        caption => "Every precinct with its count and how far that can be trusted";
        precinct => "Precinct";
        votes => "Votes";
        counted => "Counted";
        counted_beside => "counted";
        what_you_can_do => "What you can do";
        your_precinct => "your precinct";
        no_marks => "no marks";
        some_of(first: usize, last: usize, all: usize) => { all: One => "{first} to {last} of {all} precinct", Other => "{first} to {last} of {all} precincts" };
        show_all(all: usize) => "Show all {all}";
        show_pages(each: usize) => "Show them all, {each} at a time";
        earlier => "Earlier";
        later => "Later";
        only_first(few: usize) => "Only the first {few}";
        strike => "Strike…";
        strike_which(precinct: &str) => "Strike… the return of {precinct}";
        another_shown => "Another return of this precinct is shown by now. This strikes the one that was shown when you asked, unless it is struck already.";
        none_shown => "No return of this precinct is shown by now. This strikes the one that was shown when you asked, unless it is struck already.";
        count => "Count it myself";
        count_which(precinct: &str) => "Count it myself: {precinct}";
        stop => "Stop";
        stop_which(precinct: &str) => "Stop counting {precinct}";
        is_counted(precinct: &str) => "{precinct} is counted here now.";
        counted_here(number: u64) => { number: One => "{number} ballot here until this page is reloaded", Other => "{number} ballots here until this page is reloaded" };
        fetched(received: u64, total: u64) => "{received} of {total} entries";
        dialling => "Connecting to its room…";
        nobody => "Nobody of it is here yet";
        comparing(number: u64) => { number: One => "Comparing: {number} ballot here", Other => "Comparing: {number} ballots here" };
    }
}

/// The chair's table of ballots, and the form that takes something out of the count.
pub mod chair {
    super::catalogue! {
        ballots => "Ballots";
        ballots_of => "Those of your precinct, and of those that you count yourself. To revoke a ballot of another precinct, count that precinct yourself first.";
        caption => "Every ballot, newest first";
        voter => "Voter";
        choice => "Choice";
        when => "When";
        standing => "Standing";
        revoke => "Revoke";
        revoke_ask => "Revoke…";
        bar_ask => "Bar voter…";
        show_more(shown: usize, all: usize) => "Show more: {shown} of {all} are shown";
        none => "No ballots yet. Each one is listed here when it comes, and can be revoked with a reason that everybody sees.";
        why_revoke(voter: &str) => "Why do you revoke the ballot of {voter}?";
        why_bar(voter: &str) => "Why do you bar {voter}?";
        why_strike(precinct: &str) => "Why do you strike this return of {precinct}?";
        revoke_says => "Everybody sees the reason. A revocation is for good; the voter can vote again.";
        bar_says => "Everybody sees the reason. No ballot of this voter counts from now on, neither those that are here nor any to come, and nobody can undo it.";
        strike_says => "Everybody sees the reason. This very return counts for nothing from now on, in every total and whoever signs it. The precinct counts again once it has other ballots: a new vote, or one that you revoke.";
        revoke_this => "Revoke this ballot";
        bar_this => "Bar this voter";
        strike_this => "Strike this return";
    }
}

/// Closing the poll.
pub mod closing {
    super::catalogue! {
        open => "The poll is open";
        open_says => "People can vote and change their votes. When you close it, no page offers a ballot any more; ballots on their way still arrive, and count. You can open it again.";
        close => "Close the poll";
        closed => "The poll is closed";
        closed_says => "No page offers a ballot any more. Ballots on their way still arrive, and count. A tab that has not heard of it yet still takes votes.";
        reopen => "Open it again";
    }
}

/// What happened.
pub mod log {
    super::catalogue! {
        title => "What happened";
        latest => "Show the latest";
        all(number: usize) => "All {number} entries";
        none => "Nothing yet. Every ballot, change and revocation is listed here, in every tab.";
        older_revocations(number: u64) => { number: One => "Before these: {number} older revocation, which the page has no room to list.", Other => "Before these: {number} older revocations, which the page has no room to list." };
        came_together(number: u64) => { number: One => "{number} ballot came in together", Other => "{number} ballots came in together" };
        and_more(number: u64) => "and {number} more";
        voter_you(voter: yew::Html) => [voter, " (you)"];
        voter_of(voter: yew::Html, precinct: &str) => [voter, " of {precinct}"];
        voted(voter: yew::Html, choice: yew::Html) => [voter, " voted ", choice];
        changed(voter: yew::Html, choice: yew::Html) => [voter, " changed to ", choice];
        revoked => "revoked";
        barred => "barred";
        closed => "closed";
        chair_closed => "The chair closed the poll";
        reopened => "open again";
        chair_reopened => "The chair opened the poll again";
        choice_from(choice: yew::Html, voter: yew::Html) => [choice, " from ", voter];
        struck => "struck";
        return_of(precinct: yew::Html) => ["A return of ", precinct];
        because(what: yew::Html, reason: &str) => [what, ". The chair: “{reason}”"];
        disputed => "disputed";
        disputed_once(precinct: yew::Html, voter: yew::Html) => ["What was claimed of ", precinct, ": by ", voter, ", who votes there"];
        disputed_often(precinct: yew::Html, number: u64, voter: yew::Html) => ["What was claimed of ", precinct, ": {number} times, last by ", voter, ", who votes there"];
        newer => "newer";
        needs_newer => "An entry that needs a newer version of this page";
        why => "Why?";
        find => "Find a ballot by its receipt";
        receipt => "The two words that its voter was given";
        receipt_example => "copper heron";
        find_it => "Find it";
        no_receipt => "A receipt is two words, such as “copper heron”.";
        not_found => "No ballot here has that receipt.";
        found(receipt: yew::Html, voter: yew::Html, choice: yew::Html, standing: &str) => [receipt, ": ", voter, ", ", choice, ", {standing}"];
    }
}

/// Why something counts or does not.
pub mod explain {
    super::catalogue! {
        counted => "counted";
        replaced => "replaced";
        spoiled => "spoiled";
        revoked => "revoked";
        barred => "barred";
        not_here => "This tab does not have it (any more).";
        held_back(what: &str) => "It came before something that it follows, and waits for that: {what}.";
        missing_ballot(number: u32, voter: &str) => "ballot {number} of voter {voter}";
        missing_entry(id: &str) => "entry {id} of the chair's log";
        genesis => "This is the poll's definition, signed by its chair.";
        needs_newer => "This is of a kind that needs a newer version of this page. It is kept and passed on, and not counted here.";
        revocation(voter: &str) => "The chair signed this revocation. It takes one ballot of {voter} out of the count for good, and nobody can undo it; the voter can vote again.";
        close => "The chair closed the poll with this entry: no more ballots are cast. Those on their way still arrive, and count.";
        reopen => "The chair opened the poll again with this entry: people can vote.";
        bar(voter: &str) => "The chair signed this bar. No ballot of {voter} counts, whether it was signed before or will be, and nobody can undo it.";
        strike => "The chair signed this strike. The very return that it names counts for nothing, in every total and whoever signs it, and nobody can undo that; the precinct counts again once it has other ballots: a new vote, or one that the chair revokes.";
        first_ballot(voter: &str) => "This is the first ballot of {voter}, signed with that voter's key, and the signature is right.";
        ballot(number: u32, voter: &str) => "This is the ballot number {number} of {voter}, signed with that voter's key, and the signature is right.";
        is_counted => "It is that voter's latest, so it counts.";
        is_replaced => "The same voter cast a later one, so only that later one counts.";
        is_spoiled => "The same voter signed two different ballots under this number, so neither counts. Both are kept as the proof; a new vote heals it.";
        is_revoked => "The chair revoked it, so it does not count.";
        is_barred => "The chair barred that voter, so it does not count.";
        reason(reason: &str) => "The reason given: “{reason}”";
    }
}

/// How others get in.
pub mod share {
    super::catalogue! {
        title => "Invite people";
        choose_precinct => "Each precinct has its own link: whoever opens it votes there. Choose one, and send it or let them scan the code.";
        precinct => "Precinct";
        everybody => "Everybody with this link can vote. Send it, or let them scan the code.";
        automatic => "One link for all: in which precinct somebody votes follows from the key that their browser draws.";
        keep_open => "The poll lives in the tabs that have it open. Keep one open until others have joined: newcomers get everything from whoever is there.";
        print(precinct: &str) => "Print the code of {precinct}";
        all(number: usize) => "All {number} links";
        copy => "Copy link";
        for_voters => "for voters";
        for_voters_of(precinct: &str) => "for voters of {precinct}";
        for_chair => "for the chair";
        link(whose: &str) => "Link {whose}";
        code(whose: &str) => "Link {whose} as a QR code";
        hide_chairs => "Hide the chair's link";
        show_chairs => "Show the chair's link";
        chairs_shown => "Keep this one to yourself: whoever has it can revoke ballots in your name, for good, and nobody can take it back. Open it on another device of yours to be the chair there. That device's list of visited pages will have it.";
        chairs_kept => "For being the chair on another device. In this browser you are the chair without it.";
        chairs_unkept => "Keep it somewhere before you close or reload this tab: without it nobody is the chair any more.";
        this_device_chair => "Others cannot open this link: it leads to this device itself. It works for other tabs here. To invite others, open this page under an address that they can reach, and make the poll there.";
        this_device => "Others cannot open this link: it leads to this device itself. It works for other tabs here.";
        this_network => "Only devices in the same network can open this link.";
    }
}

/// The replica's inside.
pub mod inspector {
    super::catalogue! {
        title => "This tab's replica";
        close => "Close the inspector";
        replica => "Replica, until the page closes";
        local => "Name on this device";
        voter_key => "Voter's key";
        ops_held => "Ops held";
        state_hash => "State hash";
        digest => "Digest, sent with every frame";
        digest_says(hash: &str, ops: u64) => "{hash} + {ops} ops";
        saved => "Saved on this device";
        yes => "yes";
        no => "no";
        heard_of => "Others heard of";
        heard_of_in(precinct: &str) => "Others heard of in {precinct}'s room";
        heard_number(heard: &str, number: usize) => "{heard}: {number}";
        agrees => "Agrees";
        comparing => "comparing";
        heard => "Heard";
        peer => "Replica";
        ops => "Ops";
        held_back(number: usize) => "Held back: {number}";
        waits_for(id: yew::Html, what: &str) => [id, " waits for {what}"];
        since => "Since the page was opened";
        since_in(precinct: &str) => "{precinct}'s room since the page was opened";
        precincts_held => "Precincts held in full";
        precinct => "Precinct";
        ballots => "Ballots";
        only_known => "Of the others, only known";
        claims => "Claims of returns";
        attestations => "Signatures under them";
        disputes => "Disputes";
        queued => "Waiting to be passed on";
        council => "The council's room";
        council_out => "not in it: others of this precinct are";
        council_alone => "in it, alone";
        council_in(number: u32) => { number: One => "in it, with {number} other", Other => "in it, with {number} others" };
        council_since => "The council's room since the page was opened";
        frames(number: u64, size: &str) => "{number} ({size})";
        frames_out => "Frames out";
        frames_in => "Frames in";
        stated => "Returns that this tab stated";
        attested => "Returns that it attested";
        disputed => "Returns that it disputed";
        news => "Claims and disputes that were news";
        known => "Claims and disputes that were known";
        too_early => "Frames before the poll was here";
        unsealed => "Frames that do not open";
        malformed_messages => "Messages that break a rule";
        bad_signatures => "Wrong signatures";
        muted => "From connections that sent one";
        queue_dropped => "Not passed on: too much waited";
        unanswered => "Summaries not answered";
        crowded_out => "Claims crowded out by better ones";
        disputes_dropped => "Disputes dropped";
        unsent => "Dropped unsent: the line was slow or gone";
        malformed_frames => "Frames that break the layout";
        invalid_ops => "Ops that break a rule";
        muted_frames => "Frames from connections that sent one";
        duplicates => "Ops that were here already";
        foreign => "Ballots of other precincts, not kept";
        no_room => "Ops without room";
        held_dropped => "Dropped while held back";
        gossip_dropped => "Not passed on, left to comparing";
        syncs => "Comparisons that ended well";
        syncs_failed => "Comparisons given up";
    }
}
