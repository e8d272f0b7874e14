// Runs in a page before anything else: notes when the whole poll is counted, and the tasks that held the page up.
(() => {
  const bench = window.bench = { shown: null, tasks: [], writing: 0, wrote: 0 };
  const text = hook => document.querySelector(`[data-test="${hook}"]`)?.textContent;
  const observer = new PerformanceObserver(list => {
    for (const task of list.getEntries()) bench.tasks.push([task.startTime, task.duration]);
  });
  observer.observe({ type: 'longtask', buffered: true });
  new MutationObserver(() => {
    const counted = text('results-total')?.replace(/\D/g, '');
    if (bench.shown === null && counted === 'BALLOTS') bench.shown = performance.now();
  }).observe(document, { subtree: true, childList: true, characterData: true });
  const transaction = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = transaction.call(this, stores, mode, options);
    if (mode === 'readwrite') {
      bench.writing += 1;
      const done = () => { bench.writing -= 1; bench.wrote = performance.now(); };
      made.addEventListener('complete', done);
      made.addEventListener('abort', done);
    }
    return made;
  };
})();
