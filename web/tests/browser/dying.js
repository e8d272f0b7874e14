// Put into a page before its own code: shuts the ways out of it, to the relay and to the browser's other tabs, at once or from
// the instant at which something was stored for good, as if the page had died there.
(() => {
  let shut = [];
  let then = [];
  window.dying = {
    now(ways) { then = shut = ways; },
    onceStored(ways) { then = ways; },
  };
  const mute = (prototype, method, way) => {
    const original = prototype[method];
    prototype[method] = function (...words) {
      if (!shut.includes(way)) return original.apply(this, words);
    };
  };
  mute(WebSocket.prototype, 'send', 'relay');
  mute(BroadcastChannel.prototype, 'postMessage', 'tabs');
  const transaction = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = transaction.call(this, stores, mode, options);
    // Before the page's own code hears of it.
    if (mode === 'readwrite' && options?.durability === 'strict' && [...made.objectStoreNames].includes('ops')) {
      made.addEventListener('complete', () => { shut = then; });
    }
    return made;
  };
})();
