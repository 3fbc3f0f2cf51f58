// What is on a page that a captcha could consist of, as it is: nothing is judged here.

const KINDS = { img: "img", canvas: "canvas", svg: "svg", input: "input", object: "object" };
const FIELDS = "input:not([type]), input[type=''], input[type=text], input[type=search], input[type=tel], input[type=number], textarea";
const CLICKABLE = "button, input[type=submit], input[type=button], input[type=image], a, [role=button], [onclick]";
const CONTROLS = "input:not([type=hidden]), select, textarea, button";

const isShown = (e) => {
  const { width, height } = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  return width > 0 && height > 0 && style.visibility === "visible" && style.opacity !== "0";
};

// The text just before and just after an element, as far as to the next control.
function nearby(e) {
  const said = (step, most) => {
    const walker = document.createTreeWalker(e.getRootNode(), NodeFilter.SHOW_ALL);
    walker.currentNode = e;
    let text = "";
    while (text.length < most && step(walker)) {
      const at = walker.currentNode;
      if (e.contains(at) || at.contains(e)) continue;
      if (at.nodeType === Node.ELEMENT_NODE && at.matches(CONTROLS)) break;
      const owner = at.parentElement;
      if (at.nodeType !== Node.TEXT_NODE || !owner || !isShown(owner)) continue;
      if (owner.closest("script, style, option, button")) continue;
      text = step === back ? `${squeezed(at.data)} ${text}` : `${text} ${squeezed(at.data)}`;
    }
    return squeezed(text);
  };
  const back = (walker) => walker.previousNode();
  const on = (walker) => walker.nextNode();
  return { before: said(back, 80).slice(-160), after: said(on, 30).slice(0, 60) };
}

const attributes = (e, names) => names.map((name) => e.getAttribute(name) ?? "").join(" ");
const addressOf = (e) => {
  const address = e.getAttribute("src") ?? e.dataset?.src ?? e.getAttribute("href") ?? "";
  return /^(data|blob|javascript):/.test(address) ? "" : address.slice(0, 200);
};
const ownWords = (e) =>
  `${attributes(e, ["id", "class", "name", "alt", "title", "aria-label", "placeholder", "onclick"])} ${addressOf(e)}`;

function said(e) {
  const labels = [...(e.labels ?? [])];
  for (const id of (e.getAttribute("aria-labelledby") ?? "").split(" ")) {
    const label = id && document.getElementById(id);
    if (label) labels.push(label);
  }
  return squeezed(labels.map((label) => label.textContent).join(" "));
}

const every = find("*");
const forms = find("form");

function describe(e, kind, boxes = [e]) {
  const { x, y, width, height } = e.getBoundingClientRect();
  const first = boxes[0];
  const form = first.form ?? first.closest("form");
  return {
    kind,
    selectors: kind === "boxes" ? namesOfAll(boxes, e) : namesOf(e),
    attributes: squeezed(ownWords(e) + (e === first ? "" : ` ${ownWords(first)}`)),
    label: squeezed(`${said(e)} ${e === first ? "" : said(first)}`),
    ...nearby(e),
    text: "",
    x: x + scrollX,
    y: y + scrollY,
    width,
    height,
    form: form ? forms.indexOf(form) : -1,
    position: every.indexOf(first),
    submits: false,
    capacity: boxes.length > 1 ? boxes.length : Math.max(0, first.maxLength ?? 0),
    required: [],
  };
}

function describeButton(e) {
  const inner = [...e.querySelectorAll("img, svg, [aria-label], [title]")];
  return {
    ...describe(e, e.localName === "a" ? "link" : "button"),
    text: squeezed(`${e.innerText ?? ""} ${e.value ?? ""} ${inner.map(ownWords).join(" ")}`).slice(0, 200),
    submits: Boolean(e.form) && ["submit", "image"].includes(e.type),
  };
}

function pictures() {
  const natural = every.filter((e) => e.localName in KINDS && !e.ownerSVGElement);
  const own = natural.filter((e) => e.localName !== "input" || e.type === "image");
  const painted = every.filter(
    (e) => !own.includes(e) && !e.matches(CONTROLS) && getComputedStyle(e).backgroundImage.includes("url("),
  );
  const described = own.filter(isShown).map((e) => describe(e, KINDS[e.localName]));
  return [...described, ...painted.filter(isShown).map((e) => describe(e, "background"))];
}

// What else has to be filled in before the form can be sent.
function required(boxes) {
  const form = boxes[0].form;
  const controls = form ? [...form.elements] : find("input, select, textarea");
  const empty = controls.filter((e) => {
    if (boxes.includes(e) || e.disabled || ["hidden", "submit", "button"].includes(e.type)) return false;
    if (!e.matches("input, select, textarea")) return false;
    const wanted = e.getAttribute("aria-required") === "true" && !e.value;
    return (e.type === "password" && isShown(e)) || wanted || !e.validity.valid;
  });
  return empty.map((e) => said(e) || e.getAttribute("placeholder") || e.name || e.id || e.type);
}

function fields() {
  const found = find(FIELDS).filter((e) => isShown(e) && !e.disabled && !e.readOnly);
  found.sort((one, other) => every.indexOf(one) - every.indexOf(other));
  const groups = [];
  for (const e of found) {
    const last = groups.at(-1);
    const follows = last && e.maxLength === 1 && last[0].maxLength === 1 && last[0].form === e.form;
    if (follows) last.push(e);
    else groups.push([e]);
  }
  return groups.map((boxes) => {
    let holder = boxes[0];
    while (!holder.contains(boxes.at(-1))) holder = holder.parentElement;
    const kind = boxes.length > 1 ? "boxes" : "field";
    return { ...describe(holder, kind, boxes), required: required(boxes) };
  });
}

const buttons = (among = every) =>
  among.filter((e) => e.matches(CLICKABLE) && isShown(e)).map(describeButton);

const survey = () => ({ pictures: pictures(), fields: fields(), buttons: buttons() });

// What lies over one of these elements, and can be clicked in there.
function covering(selectors) {
  for (const selector of selectors) {
    const [e] = find(selector);
    if (!e) continue;
    e.scrollIntoView({ block: "center" });
    const { x, y, width, height } = e.getBoundingClientRect();
    let at = document.elementFromPoint(x + width / 2, y + height / 2);
    if (!at || e.contains(at) || at.contains(e)) continue;
    let cover = null;
    for (; at && !at.contains(e); at = at.parentElement) {
      const lies = ["fixed", "sticky", "absolute"].includes(getComputedStyle(at).position);
      if (lies || at.matches("dialog, [role=dialog], [aria-modal]")) cover = at;
    }
    if (cover) return buttons(every.filter((each) => cover.contains(each)));
  }
  return [];
}

// What can be read on the page, each with the names that it would be known by elsewhere.
function messages() {
  const LONGEST = 200;
  const seen = every.filter((e) => {
    if (e.matches("html, head, body, script, style, option, input, textarea") || !isShown(e)) return false;
    if (e.querySelector("input:not([type=hidden]), textarea, select, form")) return false;
    const text = squeezed(e.innerText);
    return text && text.length <= LONGEST;
  });
  return seen.map((e) => {
    const text = squeezed(e.textContent);
    const isLeaf = ![...e.children].some((child) => squeezed(child.textContent));
    // What is counted in a message is another number the next time.
    const part = text.split(/\d+/).map(squeezed).sort((one, other) => other.length - one.length)[0];
    const exact = part === text && text.length <= 80 ? `text-is(${JSON.stringify(text)})` : "";
    const byText = exact && isLeaf ? exact : `has-text(${JSON.stringify(part.slice(0, 80))})`;
    const role = e.getAttribute("role");
    return {
      names: [
        ...byId(e), ...(role ? [`${e.localName}[role="${role}"]`] : []), ...byClasses(e),
        ...(part ? [`${e.localName}:${byText}`] : []),
      ],
      own: squeezed(`${attributes(e, ["id", "class", "role", "aria-live"])} ${e.localName}`),
      text: squeezed(e.innerText),
      clickable: Boolean(e.closest("a, button, [role=button]")),
    };
  });
}
