// Waits for the picture of a captcha, and marks it as seen. Needs captcha_page.js.

const UNDECODABLE = "cannot be decoded";

function nextFrame() {
    return new Promise(requestAnimationFrame);
}

function nextAttributeChange(element) {
    return new Promise(resolve => new MutationObserver((_, observer) => {
        observer.disconnect();
        resolve();
    }).observe(element, {attributes: true}));
}

/** What a canvas shows; "" if a picture from another origin makes it unreadable. */
function canvasContent(canvas) {
    try { return canvas.toDataURL(); } catch { return ""; }
}

/**
 * Mark an element as seen, with "picture" or "known".
 *
 * It loses the mark as soon as the page changes it, so a fresh picture has none.
 */
function markSeen(element, mark) {
    element.setAttribute(SEEN, mark);
    const unmark = () => element.removeAttribute(SEEN);
    // No event says that a canvas was painted again, so its content is compared frame by frame.
    const watchCanvas = async before => {
        const isSame = () => element.isConnected && canvasContent(element) === before;
        while (element.hasAttribute(SEEN) && isSame()) await nextFrame();
        unmark();
    };
    if (mark === "known" && element instanceof HTMLCanvasElement)
        watchCanvas(canvasContent(element));
    new MutationObserver((_, observer) => {
        observer.disconnect();
        unmark();
    }).observe(element, {
        attributes: true,
        attributeFilter: ["src", "srcset", "style", "class", "hidden", "href", "xlink:href"],
        childList: true, characterData: true, subtree: true,
    });
}

function markAllKnown(elements) {
    for (const element of elements) markSeen(element, "known");
}

/** Wait until an image is loaded; return what is wrong with it, or "". */
async function imageProblem(image) {
    // An <img> without a source is `complete`, but cannot be decoded.
    while (image.matches("img:not([src], [srcset], picture *)")) await nextAttributeChange(image);
    try {
        // `decode` waits for the image, but also for a frame.
        if (!image.complete) await image.decode();
        // `decode` accepts a picture that was cut off; this does not.
        (await createImageBitmap(image)).close();
        return "";
    } catch {
        return UNDECODABLE;
    }
}

/** Wait until a resource is loaded; return what is wrong with it, or "". */
function resourceProblem(url) {
    return new Promise(resolve => new PerformanceObserver((list, observer) => {
        const entry = list.getEntriesByName(url)[0];
        if (!entry) return;
        observer.disconnect();
        resolve(entry.responseStatus >= 400 ? UNDECODABLE : "");
    }).observe({type: "resource", buffered: true}));
}

/** The same for the CSS background of an element, which has no load event. */
async function backgroundProblem(element) {
    for (;;) {
        const url = /^url\("(https?:.*)"\)$/.exec(getComputedStyle(element).backgroundImage);
        if (!url) return "";
        const changed = nextAttributeChange(element).then(() => null);
        const problem = await Promise.race([resourceProblem(url[1]), changed]);
        if (problem !== null) return problem;
    }
}

/** Wait until a script has painted on the canvas. */
async function canvasPainted(canvas) {
    // Only a 2D canvas can be compared: a WebGL canvas may seem blank at any time.
    const is2d = () => {
        try { return canvas.getContext("2d") !== null; } catch { return false; }
    };
    const isBlank = () => {
        const blank = document.createElement("canvas");
        [blank.width, blank.height] = [canvas.width, canvas.height];
        return canvasContent(canvas) === canvasContent(blank) && is2d();
    };
    while (isBlank()) await nextFrame();
    return "";
}

function naturalSize(element) {
    if (element instanceof HTMLImageElement) return [element.naturalWidth, element.naturalHeight];
    if (element instanceof HTMLCanvasElement) return [element.width, element.height];
    if (element instanceof SVGSVGElement)
        return [element.width.baseVal.value, element.height.baseVal.value];
    return [element.offsetWidth, element.offsetHeight];
}

/**
 * The address of the one picture file that the element shows, or "".
 *
 * A file in the page itself, or of a script, is given as a data URL; but only if its frames may
 * move, because a screenshot shows all of any other.
 */
async function movingSource(element) {
    const inside = [...element.querySelectorAll("img, image")];
    const image = element instanceof HTMLImageElement ? element : inside[0];
    const background = /^url\("(.*)"\)$/.exec(getComputedStyle(element).backgroundImage);
    if (inside.length > 1 || (inside.length && background) || element instanceof HTMLCanvasElement) return "";
    const address = image instanceof SVGImageElement ? image.href.baseVal
        : image?.currentSrc ?? background?.[1] ?? "";
    const url = address && new URL(address, element.baseURI).href;
    if (!url.startsWith("blob:"))
        return /^(https?:|data:image\/(gif|webp|apng)[;,])/.test(url) ? url : "";
    try {
        const blob = await (await fetch(url)).blob();
        if (!/^image\/(gif|webp|apng)$/.test(blob.type)) return "";
        return await new Promise(resolve => {
            const reader = new FileReader();
            reader.onloadend = () => resolve(reader.result ?? "");
            reader.readAsDataURL(blob);
        });
    } catch {
        return "";
    }
}

/**
 * Wait until all that the element shows is loaded and decoded, then mark it as seen.
 *
 * Return what is wrong, the CSS size that the picture needs (a CSS background and an inline SVG
 * have no size of their own), that size in pixels, or zeros if it is not shown, the address of a
 * file that may be a moving picture, and the picture as a data URL if a script can draw it.
 */
async function preparePicture(element, milliseconds) {
    const isImage = element instanceof HTMLImageElement;
    const isCanvas = element instanceof HTMLCanvasElement;
    const loading = isImage ? [imageProblem(element)]
        : isCanvas ? [canvasPainted(element)]
        : [...[...element.querySelectorAll("img, image")].map(imageProblem),
            backgroundProblem(element)];
    const tooLong = `is still loading after ${milliseconds / 1000} s`;
    const late = new Promise(resolve => setTimeout(resolve, milliseconds, [tooLong]));
    const problems = await Promise.race([Promise.all(loading), late]);
    const problem = problems.find(each => each) ?? "";
    if (!problem) markSeen(element, "picture");
    const isShown = element.getClientRects().length > 0;
    const [width, height] = naturalSize(element);
    return {
        problem,
        width: isImage || isCanvas ? "auto" : `${width}px`,
        height: isImage || isCanvas ? "auto" : `${height}px`,
        size: {width: isShown ? Math.ceil(width) : 0, height: isShown ? Math.ceil(height) : 0},
        source: problem ? "" : await movingSource(element),
        drawn: problem ? "" : drawnPicture(element),
    };
}
