// Functions that the modules of this folder evaluate in the page with the captcha.

// The attributes that the agent sets. The Python modules have some of these names, too.
const SEEN = "data-capslice-seen";
const NOTIFIED = "data-capslice-notified";

/** The addresses of the page's scripts and frames. */
function sourceAddresses() {
    return [...document.querySelectorAll("script[src], iframe[src]")].map(element => element.src);
}

/** Whether a click on the middle of the element reaches it. */
function isClear(element) {
    const {left, top, width, height} = element.getBoundingClientRect();
    const hit = element.getRootNode().elementFromPoint(left + width / 2, top + height / 2);
    return !element.disabled && hit !== null && element.contains(hit);
}

/** Focus a field and select its text; return whether typing would replace it. */
function focusField(field) {
    field.focus();
    if (field.select) field.select();
    else getSelection().selectAllChildren(field);
    return field.getRootNode().activeElement === field && !field.readOnly;
}

/** How many inputs the element contains, or 0 and what `focusField` returns if it is a field. */
function enterField(element) {
    const isField = element.matches("input, textarea, [contenteditable]");
    const inside = isField ? 0 : element.querySelectorAll("input").length;
    return [inside, inside === 0 && focusField(element)];
}

/** The text in the fields among the elements, and whether other elements are among them. */
function typedText(elements) {
    // An <input type=image> may be the picture.
    const kinds = "input:not([type=image]), textarea, [contenteditable]";
    const fields = elements.filter(element => element.matches(kinds));
    const values = fields.map(field => field.value ?? field.textContent);
    return [values.join(""), fields.length < elements.length];
}

/** The names of the fields because of which the browser does not send their form. */
function invalidFields(root) {
    const forms = [...root.querySelectorAll("form:not([novalidate])")];
    const fields = forms.flatMap(form => [...form.elements])
        .filter(field => field.willValidate && !field.validity.valid);
    // The text of a label, without the options of a list in it.
    const textOf = label => {
        const copy = label?.cloneNode(true);
        for (const control of copy?.querySelectorAll("select, textarea, button") ?? []) control.remove();
        return copy?.textContent;
    };
    return fields.map(field => (textOf(field.labels?.[0])
        || field.placeholder || field.name || field.id || field.type).trim());
}

function setNotified(root) {
    root.setAttribute(NOTIFIED, "");
}

function unsetNotified(root) {
    root.removeAttribute(NOTIFIED);
}

/** Remove all attributes that the agent has set in a document. */
function removeMarks(root) {
    for (const element of [root, ...root.querySelectorAll(`[${SEEN}]`)])
        for (const name of [SEEN, NOTIFIED]) element.removeAttribute(name);
}
