// The last resort: a calm screen when the program has stopped over a mistake of its own, which ends in a trap. Nothing of the
// program can be relied on then, so this is none of it.
"use strict";
{
    const look = ({ error, reason }) => {
        if (!((error ?? reason) instanceof WebAssembly.RuntimeError)) return;
        document.getElementById("app").hidden = true;
        document.getElementById("broken").hidden = false;
    };
    addEventListener("error", look);
    addEventListener("unhandledrejection", look);
    document.getElementById("reload").addEventListener("click", () => location.reload());
}
