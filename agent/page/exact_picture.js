// Waits for the picture of a captcha, and marks it as seen. Needs captcha_page.js.

const UNDECODABLE = "cannot be decoded";
const MOST_PIXELS = 4_000_000; // as in models/pictures.py
const TOO_LARGE = "has more than 4,000,000 pixels: that is no captcha";

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
        attributeFilter: [
            "src", "srcset", "style", "class", "hidden", "href", "xlink:href", "aria-invalid",
        ],
        childList: true, characterData: true, subtree: true,
    });
}

function markAllKnown(elements) {
    for (const element of elements) markSeen(element, "known");
}

function loaded(image) {
    return new Promise(resolve => {
        for (const end of ["load", "error"]) image.addEventListener(end, resolve, {once: true});
    });
}

/** Wait until an image is loaded; return what is wrong with it, or "". */
async function imageProblem(image) {
    // A lazy image is loaded when it comes near the window.
    if (!image.complete || !image.naturalWidth) image.scrollIntoView({block: "center", behavior: "instant"});
    // An <img> without a source is `complete`, but cannot be decoded.
    while (image.matches("img:not([src], [srcset], picture *)")) await nextAttributeChange(image);
    try {
        // Nothing is decoded before its size is known: a small file may have a huge picture.
        if (image instanceof HTMLImageElement && !image.complete) await loaded(image);
        if (image.naturalWidth * image.naturalHeight > MOST_PIXELS) return TOO_LARGE;
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

/** The image that an <object> or an <embed> shows in a document, if its address has no ending. */
function imageInside(element) {
    for (const frame of Array.from({length: frames.length}, (_, place) => frames[place])) {
        try {
            if (frame.frameElement === element) return frame.document.images[0];
        } catch {} // of another origin
    }
    return undefined;
}

/** The same for an <object>, an <embed> or an <input type=image>, which tell nothing themselves. */
async function embeddedProblem(element) {
    const url = element.data ?? element.src;
    const problem = /^https?:/.test(url) ? await resourceProblem(url) : "";
    // The browser shows the picture, and changes the style of an input, only after that.
    await nextFrame();
    await nextFrame();
    const image = imageInside(element);
    return problem || (image ? imageProblem(image) : "");
}

/** Whether the document has loaded a picture. Sends no request: the source is gone before one starts. */
function isAvailable(url) {
    const image = new Image();
    image.src = url;
    const isLoaded = image.complete && image.naturalWidth > 0;
    image.removeAttribute("src");
    return isLoaded;
}

/** The same for the CSS background of an element, which has no load event. */
async function backgroundProblem(element) {
    for (;;) {
        const url = /^url\("(https?:.*)"\)$/.exec(getComputedStyle(element).backgroundImage);
        if (!url) return "";
        let isOver = false;
        // A busy Chromium sometimes gives no timing of a resource that it loaded.
        const shown = async () => {
            while (!isOver && !isAvailable(url[1])) await nextFrame();
            return "";
        };
        const changed = nextAttributeChange(element).then(() => null);
        const problem = await Promise.race([resourceProblem(url[1]), shown(), changed]);
        isOver = true;
        if (problem !== null) return problem;
    }
}

/** Wait until an element that scripts fill shows anything: an element, a text or a background. */
async function isFilled(element) {
    const isBox = element.matches("a, div, figure, label, p, section, span, td") && !element.shadowRoot;
    const shows = pseudo => getComputedStyle(element, pseudo).content !== "none";
    const isEmpty = () => isBox && !element.childElementCount && !element.textContent.trim()
        && getComputedStyle(element).backgroundImage === "none"
        && !shows("::before") && !shows("::after");
    while (isEmpty()) await nextFrame();
}

/** The same for all in an element that is neither an image nor a canvas. */
async function contentProblem(element) {
    await isFilled(element);
    const images = [...element.querySelectorAll("img, image")].map(imageProblem);
    return (await Promise.all([...images, backgroundProblem(element)])).find(each => each) ?? "";
}

/** Wait until a script has painted on the canvas. */
async function canvasPainted(canvas) {
    if (canvas.width * canvas.height > MOST_PIXELS) return TOO_LARGE;
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

/** Whether the elements are images in a row, each of which shows one character of a captcha. */
function isRow(elements) {
    const [first, ...others] = elements.map(element => element.getBoundingClientRect());
    return others.length > 1 && elements.every(
        each => each instanceof HTMLImageElement && each.parentNode === elements[0].parentNode,
    ) && others.every(
        ({top, height}) => Math.abs(top - first.top) < 1 && Math.abs(height - first.height) < 1,
    );
}

/** The size in CSS pixels that a picture has of itself, or the one that the page gives it. */
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
 * have no size of their own), the address of a file that may be a moving picture, and the picture
 * as a data URL if a script can draw it.
 */
async function preparePicture(element, milliseconds) {
    const isImage = element instanceof HTMLImageElement;
    const isEmbedded = element.matches("object, embed, input");
    const loaded = isImage ? imageProblem(element)
        : element instanceof HTMLCanvasElement ? canvasPainted(element)
        : isEmbedded ? embeddedProblem(element)
        : contentProblem(element);
    const tooLong = `is still loading after ${milliseconds / 1000} s`;
    const late = new Promise(resolve => setTimeout(resolve, milliseconds, tooLong));
    const problem = await Promise.race([loaded, late]);
    if (!problem) markSeen(element, "picture");
    const inside = isEmbedded && imageInside(element);
    const hasOwnSize = isImage || (isEmbedded && !inside) || element instanceof HTMLCanvasElement;
    const [width, height] = inside
        ? [inside.naturalWidth, inside.naturalHeight] : naturalSize(element);
    return {
        problem,
        width: hasOwnSize ? "auto" : `${width}px`,
        height: hasOwnSize ? "auto" : `${height}px`,
        source: problem ? "" : await movingSource(element),
        drawn: problem ? "" : drawnPicture(element),
    };
}
