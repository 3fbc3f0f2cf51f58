// Runs in every document before its own scripts. DevTools does not show these connections.

/** Let the document connect only where the policy says, and to no peer. */
function confine(policy) {
    const strip = window => {
        try {
            for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"])
                delete window[name];
        } catch { /* a window of another origin has had its own turn */ }
        return window;
    };
    strip(window);
    // A new window belongs to its opener before any script runs there.
    const {open} = window;
    window.open = function (...args) { return strip(open.apply(this, args)); };
    // A policy holds on when its element is gone, and also in workers and in empty frames.
    const enforce = () => {
        if (!document.head) return false;
        const meta = document.createElement("meta");
        meta.httpEquiv = "Content-Security-Policy";
        meta.content = policy;
        document.head.prepend(meta);
        meta.remove();
        return true;
    };
    if (!enforce())
        new MutationObserver((_, observer) => enforce() && observer.disconnect())
            .observe(document, {childList: true, subtree: true});
}
