// Notes in a page when which result came to be shown, tells the other tabs, and votes. The same in our page and in the
// neighbour's.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const at = hook => document.querySelector(`[data-test="${hook}"]`);
  const shown = () => [0, 1, 2].map(option => at(`result-${option}`)?.textContent ?? '').join();
  const name = Math.random();
  const tabs = new BroadcastChannel('bench');
  let hear = () => {};
  tabs.onmessage = ({ data }) => hear(data);
  let last = shown();
  new MutationObserver(() => {
    if (shown() === last) return;
    last = shown();
    const note = { name, shown: last, at: now() };
    tabs.postMessage(note);
    hear(note);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  // When what goes through to the medium began, how long it took, and when what was cast left.
  const writes = [];
  let began = null;
  let left = null;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (bytes) {
    if (writes.length > 0) left ??= now();
    return send.call(this, bytes);
  };
  const transaction = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = transaction.call(this, stores, mode, options);
    if (mode === 'readwrite' && options?.durability === 'strict') {
      const start = performance.now();
      began ??= now();
      made.addEventListener('complete', () => writes.push(performance.now() - start));
    }
    return made;
  };
  // Marks the option, lets the page take note of the mark, votes, and waits until that many tabs show what is expected.
  const vote = (option, expected, others, pause, patience) => new Promise(resolve => {
    at(`choice-${option}`).click();
    setTimeout(() => {
      const times = new Map();
      const done = () => {
        hear = () => {};
        const all = [...times.values()];
        resolve({ own: times.get(name) ?? null, all: all.length === others ? Math.max(...all) : null, began: began && began - clicked, write: writes.at(-1) ?? null, sent: left && left - clicked });
      };
      const late = setTimeout(done, patience);
      const clicked = now();
      began = left = null;
      hear = note => {
        if (note.shown !== expected || times.has(note.name)) return;
        times.set(note.name, note.at - clicked);
        if (times.size === others) { clearTimeout(late); done(); }
      };
      writes.length = 0;
      at('vote').click();
    }, pause);
  });
  window.bench = { vote, shown };
})();
return document.visibilityState;
