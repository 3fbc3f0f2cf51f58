// Describes the elements of a page that could belong to a captcha. scoring.py chooses among them.

const KINDS = { img: "img", canvas: "canvas", svg: "svg", input: "input", object: "object", embed: "embed" };
const EDITABLE = "[contenteditable]:not([contenteditable=false i])";
const FIELDS = `input:not([type]), input[type=''], input[type=text], input[type=search], input[type=tel], input[type=number], textarea, ${EDITABLE}`;
const CLICKABLE = "button, input[type=submit], input[type=button], input[type=image], a, [role=button], [onclick]";
const CONTROLS = `input:not([type=hidden]), select, textarea, button, ${EDITABLE}`;

const isShown = (e) => {
  const { width, height } = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return width > 0 && height > 0 && style.visibility === "visible" && style.opacity !== "0";
};

// The text before and after an element, up to the next control.
function context(e) {
  const textOf = (step, most) => {
    const walker = document.createTreeWalker(e.getRootNode(), NodeFilter.SHOW_ALL);
    walker.currentNode = e;
    let text = "";
    while (text.length < most && step(walker)) {
      const at = walker.currentNode;
      if (e.contains(at) || at.contains(e)) continue;
      if (at.nodeType === Node.ELEMENT_NODE && at.matches(CONTROLS)) break;
      const parent = at.parentElement;
      if (at.nodeType !== Node.TEXT_NODE || !parent || !isShown(parent)) continue;
      if (parent.closest("script, style, option, button")) continue;
      text = step === backward ? `${squeezed(at.data)} ${text}` : `${text} ${squeezed(at.data)}`;
    }
    return squeezed(text);
  };
  const backward = (walker) => walker.previousNode();
  const forward = (walker) => walker.nextNode();
  return { before: textOf(backward, 80).slice(-160), after: textOf(forward, 30).slice(0, 60) };
}

const valuesOf = (e, names) => names.map((name) => e.getAttribute(name) ?? "").join(" ");
const urlOf = (e) => {
  const url = e.getAttribute("src") ?? e.dataset?.src ?? e.getAttribute("href") ?? "";
  return /^(data|blob|javascript):/.test(url) ? "" : url.slice(0, 200);
};
const attributesOf = (e) =>
  `${valuesOf(e, ["id", "class", "name", "alt", "title", "aria-label", "placeholder", "onclick"])} ${urlOf(e)}`;

// The text of a label, without what the controls in it contain.
function ownText(label) {
  const copy = label.cloneNode(true);
  for (const control of copy.querySelectorAll(`${CONTROLS}, script, style`)) control.remove();
  return copy.textContent;
}

function labelOf(e) {
  const labels = [...(e.labels ?? [])];
  for (const id of (e.getAttribute("aria-labelledby") ?? "").split(" ")) {
    const label = id && document.getElementById(id);
    if (label) labels.push(label);
  }
  return squeezed(labels.map(ownText).join(" "));
}

const all = find("*");
const forms = find("form");
const formOf = (e) => e.form ?? e.closest("form");

function describe(e, kind, boxes = [e]) {
  const { x, y, width, height } = e.getBoundingClientRect();
  const first = boxes[0];
  const form = formOf(first);
  return {
    kind,
    selectors: kind === "boxes" ? selectorsOfBoxes(boxes, e) : selectorsOf(e),
    attributes: squeezed(attributesOf(e) + (e === first ? "" : ` ${attributesOf(first)}`)),
    label: squeezed(`${labelOf(e)} ${e === first ? "" : labelOf(first)}`),
    ...context(e),
    text: "",
    x: x + scrollX,
    y: y + scrollY,
    width,
    height,
    form: form ? forms.indexOf(form) : -1,
    position: all.indexOf(first),
    submits: false,
    capacity: boxes.length > 1 ? boxes.length : Math.max(0, first.maxLength ?? 0),
    required: [],
  };
}

function describeButton(e) {
  const inner = [...e.querySelectorAll("img, svg, [aria-label], [title]")];
  return {
    ...describe(e, e.localName === "a" ? "link" : "button"),
    text: squeezed(`${e.innerText ?? ""} ${e.value ?? ""} ${inner.map(attributesOf).join(" ")}`).slice(0, 200),
    submits: Boolean(e.form) && ["submit", "image"].includes(e.type),
  };
}

function pictures() {
  const images = all.filter((e) => e.localName in KINDS && !e.ownerSVGElement);
  const candidates = images.filter((e) => e.localName !== "input" || e.type === "image");
  const withBackground = all.filter(
    (e) => !candidates.includes(e) && !e.matches(CONTROLS) && getComputedStyle(e).backgroundImage.includes("url("),
  );
  const rows = rowsOfImages();
  const inRows = rows.flatMap(({ images }) => images);
  return [
    ...candidates.filter((e) => isShown(e) && !inRows.includes(e)).map((e) => describe(e, KINDS[e.localName])),
    ...rows.map(describeRow),
    ...withBackground.filter(isShown).map((e) => describe(e, "background")),
  ];
}

// Some sites show each character as an image of its own. These are the images in a line of their
// parent, with nothing in between, and selectors of the parent if it has no other children, or of
// all images. A row among other children has images of one height.
function rowsOfImages() {
  const found = [];
  for (const parent of new Set(all.filter((e) => e.localName === "img").map((e) => e.parentNode))) {
    let row = [];
    for (const node of [...parent.childNodes, null]) {
      if (node?.nodeType === Node.COMMENT_NODE || (node?.nodeType === Node.TEXT_NODE && !node.data.trim())) continue;
      const isImage = node?.localName === "img" && isShown(node);
      if (isImage && row.length && topOf(row[0]) === topOf(node)) {
        row.push(node);
        continue;
      }
      if (row.length > 2) found.push({ parent, images: row });
      row = isImage ? [node] : [];
    }
  }
  return found.map(({ parent, images }) => {
    const isWhole = images.length === parent.children.length && parent.nodeType === Node.ELEMENT_NODE;
    const isEven = new Set(images.map((e) => Math.round(e.getBoundingClientRect().height))).size === 1;
    const selectors = isWhole ? selectorsOf(parent) : isEven ? selectorsOfSiblings(images) : [];
    return { parent, images, selectors };
  }).filter(({ selectors }) => selectors.length);
}

const topOf = (e) => Math.round(e.getBoundingClientRect().top);

function describeRow({ parent, images, selectors }) {
  const [first, last] = [images[0], images.at(-1)].map((e) => e.getBoundingClientRect());
  const around = parent.nodeType === Node.ELEMENT_NODE ? attributesOf(parent) : "";
  return {
    ...describe(images[0], "row"), selectors,
    attributes: squeezed(`${around} ${attributesOf(images[0])}`), width: last.right - first.left,
  };
}

// The labels and selectors of other fields that must be filled in before the form can be sent.
function required(boxes) {
  const form = formOf(boxes[0]);
  const controls = form ? [...form.elements] : find("input, select, textarea");
  const empty = controls.filter((e) => {
    if (boxes.includes(e) || e.disabled || ["hidden", "submit", "button"].includes(e.type)) return false;
    if (!e.matches("input, select, textarea")) return false;
    const isRequired = e.getAttribute("aria-required") === "true" && !e.value;
    return (e.type === "password" && isShown(e)) || isRequired || !e.validity.valid;
  });
  // One choice is enough for a group of radio buttons.
  const isFirst = (e) => e.type !== "radio" || !e.name
    || empty.find((other) => other.type === "radio" && other.name === e.name && other.form === e.form) === e;
  return empty.filter(isFirst).map((e) => [
    labelOf(e) || e.getAttribute("placeholder") || e.name || e.id || e.type,
    (e.localName === "select" ? "choose" : ["checkbox", "radio"].includes(e.type) ? "click" : "fill"),
    selectorsOf(e)[0],
  ]);
}

function fields() {
  // Some fields can be typed into only after a click; one that has a value shows it.
  const found = find(FIELDS).filter((e) => isShown(e) && !e.disabled && !(e.readOnly && e.value));
  found.sort((one, other) => all.indexOf(one) - all.indexOf(other));
  const groups = [];
  for (const e of found) {
    const last = groups.at(-1);
    const follows = last && e.maxLength === 1 && last[0].maxLength === 1 && last[0].form === e.form;
    if (follows) last.push(e);
    else groups.push([e]);
  }
  return groups.map((boxes) => {
    let container = boxes[0];
    while (!container.contains(boxes.at(-1))) container = container.parentElement;
    const kind = boxes.length > 1 ? "boxes" : "field";
    return { ...describe(container, kind, boxes), required: required(boxes) };
  });
}

const buttons = (among = all) =>
  among.filter((e) => e.matches(CLICKABLE) && isShown(e)).map(describeButton);

const survey = () => ({ pictures: pictures(), fields: fields(), buttons: buttons() });

// Selectors of the buttons that open a dialog or the like, as their markup says.
const OPENERS = `[aria-haspopup=dialog], [data-bs-toggle=modal], [data-toggle=modal], [popovertarget],
  [commandfor], [onclick*=showModal], [onclick*=modal i], summary`;
const openers = () => find(OPENERS).filter(isShown).map((e) => selectorsOf(e)[0]);

// Selectors of what a script may react to: the buttons, and the links that lead nowhere.
const mayOpen = () => all.filter((e) => e.matches(CLICKABLE) && isShown(e) && !leads(e)).map((e) => selectorsOf(e)[0]);

// Whether an element is part of a link to another page.
function leads(e) {
  const href = e.closest("a[href]")?.getAttribute("href").trim() ?? "";
  return href !== "" && !/^(#|javascript:)/i.test(href);
}

// The buttons of what covers one of these elements, other than links to other pages.
function buttonsOfCover(selectors) {
  for (const selector of selectors) {
    const [e] = find(selector);
    if (!e) continue;
    e.scrollIntoView({ block: "center" });
    const { x, y, width, height } = e.getBoundingClientRect();
    let at = document.elementFromPoint(x + width / 2, y + height / 2);
    if (!at || e.contains(at) || at.contains(e)) continue;
    let cover = null;
    for (; at && !at.contains(e); at = at.parentElement) {
      const isPositioned = ["fixed", "sticky", "absolute"].includes(getComputedStyle(at).position);
      if (isPositioned || at.matches("dialog, [role=dialog], [aria-modal]")) cover = at;
    }
    if (cover) return buttons(all.filter((each) => cover.contains(each) && !leads(each)));
  }
  return [];
}

// Whether a text says something. A counter, a clock or "3 of 5" does not.
const hasWords = (text) =>
  /\d/.test(text)
    ? /[\p{L}\p{M}]{4}|[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]{2}/u.test(text)
    : /\p{L}/u.test(text);

// The texts of the page, with selectors that would also match them on another page.
function texts() {
  const LONGEST = 200;
  const shown = all.filter((e) => {
    if (e.matches(`html, head, body, script, style, option, input, textarea, ${EDITABLE}`) || !isShown(e)) return false;
    if (e.querySelector(`input:not([type=hidden]), textarea, select, form, ${EDITABLE}`)) return false;
    const text = squeezed(e.innerText);
    return text && text.length <= LONGEST;
  });
  return shown.map((e) => {
    const text = squeezed(e.textContent);
    const isLeaf = ![...e.children].some((child) => squeezed(child.textContent));
    // Numbers in a message may differ the next time.
    const part = text.split(/\d+/).map(squeezed).sort((one, other) => other.length - one.length)[0];
    const exact = part === text && text.length <= 80 ? `text-is(${JSON.stringify(text)})` : "";
    const byText = exact && isLeaf ? exact : `has-text(${JSON.stringify(part.slice(0, 80))})`;
    const role = e.getAttribute("role");
    return {
      selectors: [
        ...byId(e), ...(role ? [`${e.localName}[role="${role}"]`] : []), ...byClasses(e),
        ...(hasWords(text) && hasWords(part) ? [`${e.localName}:${byText}`] : []),
      ],
      attributes: squeezed(`${valuesOf(e, ["id", "class", "role", "aria-live"])} ${e.localName}`),
      text: squeezed(e.innerText),
      hasWords: hasWords(text),
      clickable: Boolean(e.closest("a, button, [role=button]")),
    };
  });
}

// How the fields and the boxes around them look: their classes, and what marks a wrong answer.
function states() {
  const described = find(FIELDS).filter(isShown).flatMap((field) => {
    const own = [...byId(field), ...byAttributes(field), field.localName].find(isOnly(field));
    const style = field.getAttribute("style") ?? "";
    const ofField = [
      ...(field.getAttribute("aria-invalid") === "true" ? ['[aria-invalid="true"]'] : []),
      ...[...field.classList].map((name) => `.${CSS.escape(name)}`),
      ...(field.validity?.customError ? [":invalid"] : []),
      ...(style && !/["\\\n]/.test(style) ? [`[style="${style}"]`] : []),
    ].map((state) => own && own + state);
    const around = [];
    for (let at = parentOf(field); at && at !== document.body; at = parentOf(at)) around.push(...byClasses(at));
    return [...ofField.filter(Boolean), ...around].map((selector) => [selector, field.validationMessage]);
  });
  return [...new Map(described)].map(([selector, message]) => ({
    selectors: [selector], attributes: selector, text: message || selector, hasWords: true,
    clickable: false, isState: true,
  }));
}

const messages = () => [...texts(), ...states()];
