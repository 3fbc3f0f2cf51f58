// Shows the picture of a captcha alone in the corner of the page, for a screenshot. Needs
// drawn_picture.js.

const PINNED = "data-capslice-pinned";
const AROUND = "data-capslice-around";
// The first rule of the style sheet, by which it is found again.
const NAME = "capslice-pinned";

/** The documents and shadow trees that an element is in, and all elements around it. */
function surroundings(element) {
    const around = [], roots = new Set([document, element.getRootNode()]);
    for (let at = shownParent(element); at; at = shownParent(at)) {
        around.push(at);
        roots.add(at.getRootNode());
    }
    return {around, roots};
}

function hasBackground({backgroundImage, backgroundColor}) {
    return backgroundImage !== "none" || backgroundColor !== "rgba(0, 0, 0, 0)";
}

/** The element whose place the background of another takes: the body's fills the whole page. */
function paintedBy(element, around) {
    const root = around.at(-1);
    return element === document.body && !hasBackground(getComputedStyle(root)) ? root : element;
}

/** The CSS background that a user sees behind a point of the window, from there on. */
function ground(around, left, top) {
    const layers = [];
    for (const at of around) {
        const style = getComputedStyle(at), painted = paintedBy(at, around);
        const box = painted.getBoundingClientRect();
        if (style.backgroundImage !== "none") {
            const {backgroundImage: image, backgroundRepeat: repeat} = style;
            // A gradient is as large as its element; a position in percent is seldom another than 0.
            const size = image.includes("gradient(") && style.backgroundSize === "auto"
                ? `${box.width}px ${box.height}px` : style.backgroundSize;
            const [x, y] = style.backgroundPosition.split(" ");
            const place = `calc(${x} + ${box.left + painted.clientLeft - left}px)`
                + ` calc(${y} + ${box.top + painted.clientTop - top}px)`;
            layers.push(`${place} / ${size} ${repeat} ${image}`);
        }
        const colour = style.backgroundColor;
        layers.push(`linear-gradient(${colour}, ${colour})`);
    }
    return layers.join(", ") || "none";
}

/**
 * Pin the picture, or a frame around it, to the corner of the page, and hide all else.
 *
 * No Content-Security-Policy applies to a style sheet that a script constructs. `style` has its
 * text, and `width` and `height` are the CSS size that the picture needs; `left` and `top` are the
 * picture's place in the frame. A filter that also changes a background behind the picture is set
 * for the whole page. Return the width and height in pixels, or zeros if the element is not shown,
 * and the picture's place in the window.
 */
function pin(element, {style, width, height, left, top, isFrame}) {
    const {around, roots} = surroundings(element);
    const box = element.getBoundingClientRect();
    const [borderLeft, borderTop] = isFrame ? [element.clientLeft, element.clientTop] : [0, 0];
    const place = [box.left + borderLeft + left, box.top + borderTop + top];
    const filters = {picture: [], page: []};
    let target = filters.picture;
    for (const each of [element, ...around]) {
        const style = getComputedStyle(each);
        if (each !== element && hasBackground(style)) target = filters.page;
        target.push(colourFilter(style));
    }
    const [filter, pageFilter] = [filters.picture, filters.page]
        .map(each => each.filter(one => one !== "none").join(" ") || "none");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        ${NAME} {}
        :root {
            --capslice-width: ${width}; --capslice-height: ${height};
            --capslice-filter: ${filter}; --capslice-page-filter: ${pageFilter};
            --capslice-ground: ${ground(around, ...place)};
        }
        ${style}`);
    for (const each of around) each.setAttribute(AROUND, "");
    element.setAttribute(PINNED, isFrame ? "frame" : "picture");
    for (const root of roots) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    const pinned = element.getBoundingClientRect();
    return [Math.ceil(pinned.width), Math.ceil(pinned.height), ...place];
}

/** Undo what `pin` did to the element. */
function unpin(element) {
    const {around, roots} = surroundings(element);
    for (const root of roots)
        root.adoptedStyleSheets = [...root.adoptedStyleSheets]
            .filter(sheet => sheet.cssRules[0]?.selectorText !== NAME);
    for (const each of around) each.removeAttribute(AROUND);
    element.removeAttribute(PINNED);
}
