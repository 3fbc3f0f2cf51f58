// Draws the picture of a captcha on a canvas of its own, as a user sees it. Needs exact_picture.js.

/** The parent of an element as it is shown: through slots, and out of shadow trees. */
function shownParent(element) {
    return element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null;
}

/** The frame that shows the document of an element; null if there is none. */
function frameAround(element) {
    const view = element.ownerDocument.defaultView;
    if (view.parent !== view && !view.frameElement) throw new Error("a frame of another origin");
    return view.frameElement;
}

function isDark(element) {
    return element !== null && /dark/.test(getComputedStyle(element).colorScheme);
}

/** The CSS filters that change colours; a blur or an opacity only hides what is there. */
function colourFilter(style) {
    return style.filter.replace(/\b(blur|opacity)\([^()]*\)/g, "").trim() || "none";
}

function canvasOf(width, height) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    return [canvas, canvas.getContext("2d", {willReadFrequently: true})];
}

function isOpaque(canvas, context) {
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return false;
    return true;
}

/**
 * Draw an <img> or a <canvas> in its natural size, on the colours behind it and through the
 * filters around it, those around its frames as well.
 *
 * Return a PNG as a data URL, or "" if only a screenshot shows what a user sees: if the picture or
 * a frame is from another origin, or if it lies on another picture.
 */
function drawnPicture(element) {
    const isDrawable = element instanceof HTMLImageElement || element instanceof HTMLCanvasElement;
    const [width, height] = naturalSize(element);
    if (!isDrawable || !width || !height) return "";
    let [canvas, context] = canvasOf(width, height);
    try {
        context.imageSmoothingQuality = "high";
        context.drawImage(element, 0, 0, width, height);
        let opaque = isOpaque(canvas, context);
        for (let at = element, next; at; at = next) {
            const parent = shownParent(at), style = getComputedStyle(at), filter = colourFilter(style);
            next = parent ?? frameAround(at);
            if (!opaque) {
                if (style.backgroundImage !== "none") return "";
                context.globalCompositeOperation = "destination-over";
                context.fillStyle = style.backgroundColor;
                context.fillRect(0, 0, width, height);
                opaque = isOpaque(canvas, context);
            }
            if (filter !== "none") {
                if (!("filter" in context) || filter.includes("url(")) return "";
                const unfiltered = canvas;
                [canvas, context] = canvasOf(width, height);
                context.filter = filter;
                context.drawImage(unfiltered, 0, 0);
                context.filter = "none";
            }
            // A document with another colour scheme than what is around it has a ground of its own.
            if (!opaque && !parent && isDark(at) !== isDark(next)) return "";
        }
        // What is behind everything is white.
        context.globalCompositeOperation = "destination-over";
        context.fillStyle = "white";
        context.fillRect(0, 0, width, height);
        return canvas.toDataURL();
    } catch {
        return "";
    }
}
