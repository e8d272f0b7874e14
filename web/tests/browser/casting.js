// What runs in each tab of a test in which several tabs of one browser vote at the same instant, over and over. One page
// gives the signs and waits; the others vote. Told over a channel, so that the driver, which has one tab in hand at a time,
// takes no part in it.
const [number, tabs] = arguments;
const at = hook => document.querySelector(`[data-test="${hook}"]`);
const channel = new BroadcastChannel('casting');

// Of those that vote: what is shown, whenever it changes.
const shows = () => {
  const digest = at('state-hash')?.closest('dl').textContent.match(/([0-9a-f]{32}) \+ (\d+) ops/);
  return { digest: digest?.[1], ops: Number(digest?.[2]), says: at('vote-error')?.textContent, spoiled: Boolean(at('spoiled-notice')) };
};
const voter = () => {
  let last;
  const tell = always => {
    const now = JSON.stringify(shows());
    if (now === last && !always) return;
    last = now;
    channel.postMessage({ from: number, shows: shows() });
  };
  new MutationObserver(() => tell(false)).observe(document.body, { subtree: true, childList: true, characterData: true });
  channel.onmessage = ({ data }) => {
    if (data.mark) {
      at(`choice-${data.mark[number]}`).click();
      // The page takes note of it before it hears of anything else.
      setTimeout(() => channel.postMessage({ from: number, marked: true }));
    } else if (data.cast) {
      while (performance.timeOrigin + performance.now() < data.cast);
      at('vote').click();
    } else if (data.tell) {
      tell(true);
    }
  };
};

// Of the one that gives the signs.
const conductor = () => {
  let heard = () => {};
  channel.onmessage = ({ data }) => heard(data);
  const all = (sign, is, what) => new Promise((resolve, reject) => {
    const those = new Map();
    const late = setTimeout(() => reject(`${what}: ${JSON.stringify([...those])}`), 60_000);
    heard = data => {
      those.set(data.from, data);
      if (those.size === tabs && is([...those.values()])) {
        clearTimeout(late);
        resolve([...those.values()]);
      }
    };
    channel.postMessage(sign);
  });
  const same = told => told.every(({ shows }) => shows && shows.digest && shows.digest === told[0].shows.digest);
  const rounds = async number => {
    let [{ shows: { ops } }] = await all({ tell: true }, same, 'all to begin with the same');
    for (let round = 0; round < number; round++) {
      const mark = Array.from({ length: tabs }, (_, tab) => 2 * tab + round % 2);
      await all({ mark }, told => told.every(({ marked }) => marked), `the marks of round ${round}`);
      ops += tabs;
      const goes = told => same(told) && told[0].shows.ops >= ops || told.some(({ shows }) => shows?.says || shows?.spoiled);
      const told = await all({ cast: performance.timeOrigin + performance.now() + 4 }, goes, `${ops} ballots in round ${round}`);
      const wrong = told.find(({ shows }) => shows.says || shows.spoiled || shows.ops !== ops);
      if (wrong) throw `round ${round}, which was to end with ${ops}: ${JSON.stringify(told)}`;
      window.casting.rounds++;
    }
  };
  window.casting = {
    rounds: 0,
    wrong: null,
    begin(number) {
      this.rounds = 0;
      rounds(number).catch(wrong => { this.wrong = String(wrong); });
    },
  };
};

if (number === null) conductor(); else voter();
return [document.visibilityState, isSecureContext, 'locks' in navigator, 'serviceWorker' in navigator];
