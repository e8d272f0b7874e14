// Stands between the page and its database, from before the page is loaded: closes connections under it, and makes it
// fail as told. `FAULT` is filled in by store.rs; a test changes it in `testStore.fault`.
(() => {
  const ANSWERS = ["success", "error", "upgradeneeded", "blocked", "complete", "abort"];
  const silence = (target) => ANSWERS.forEach((event) =>
    target.addEventListener(event, (answer) => answer.stopImmediatePropagation()));
  const store = window.testStore = {
    fault: FAULT,
    // How many of the next transactions that write are broken off with their connection, and how many before them are not.
    breaks: 0,
    spares: 0,
    connections: [],
    // The browser closes every connection, and says so or not. How many there were.
    close(says) {
      const all = store.connections.splice(0);
      all.forEach((connection) => end(connection, says));
      return all.length;
    },
  };
  const end = (connection, says) => {
    connection.close();
    if (says) connection.dispatchEvent(new Event("close"));
  };

  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...words) {
    switch (store.fault) {
      case "open throws":
        throw new DOMException("The operation is insecure.", "SecurityError");
      case "open fails": {
        const request = open.call(this, `fails-${Math.random()}`, 1);
        request.addEventListener("upgradeneeded", () => request.transaction.abort());
        return request;
      }
    }
    const request = open.apply(this, words);
    if (store.fault === "open is silent") silence(request);
    request.addEventListener("success", () => store.connections.push(request.result));
    return request;
  };

  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...words) {
    const begun = transaction.apply(this, words);
    const writes = words[1] === "readwrite";
    if (writes && store.spares > 0) {
      store.spares -= 1;
    } else if (writes && store.breaks > 0) {
      store.breaks -= 1;
      begun.abort();
      end(this, store.breaks % 2 === 0);
    }
    if (writes && store.fault === "writes are silent") silence(begun);
    return begun;
  };

  for (const method of ["get", "getAll", "getAllKeys", "add", "put"]) {
    const original = IDBObjectStore.prototype[method];
    IDBObjectStore.prototype[method] = function (...words) {
      const request = original.apply(this, words);
      if (store.fault === "requests are silent") silence(request);
      if (store.fault === "writes break off" && (method === "add" || method === "put")) this.transaction.abort();
      return request;
    };
  }
})();
