// Selectors of an element, the most stable first: by its id, its name, other attributes, its classes,
// and its path. Each selector matches only that element.

const squeezed = (text) => (text ?? "").replace(/\s+/g, " ").trim();

// The document and its open shadow roots; Playwright's selectors match inside these, too.
const rootsOf = (root = document) => [
  root,
  ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? rootsOf(e.shadowRoot) : [])),
];
const roots = rootsOf();
const find = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);

// Whether a server or a framework probably generated this text for one page.
const isGenerated = (text) =>
  /\d{3,}|[0-9a-f]{8,}|[?&;]|^:|^(ember|ext-|yui|react|radix|headlessui|mat-|mui-|css-|sc-)/i.test(text);

const STABLE_ATTRIBUTES = [
  "name", "data-testid", "data-test", "data-qa", "data-cy", "aria-label", "placeholder", "alt",
  "title", "href", "value", "type", "role",
];

const byId = (e) => (e.id && !isGenerated(e.id) ? [`#${CSS.escape(e.id)}`] : []);
const byAttributes = (e) =>
  STABLE_ATTRIBUTES.flatMap((name) => {
    const value = e.getAttribute(name);
    if (!value || value.length > 60 || /["\\\n]/.test(value) || isGenerated(value)) return [];
    // The value of a text field is what a user typed.
    if (name === "value" && !e.matches("[type=submit], [type=button], button")) return [];
    return [`${e.localName}[${name}="${value}"]`];
  });
const byClasses = (e) =>
  [...e.classList].filter((each) => !isGenerated(each)).map((each) => `${e.localName}.${CSS.escape(each)}`);

// Tags that say nothing about their content.
const GENERIC = ["div", "span", "p", "table", "tbody", "tr", "td", "label", "fieldset", "center"];

const simple = (e) => [
  ...byId(e), ...byAttributes(e), ...byClasses(e), ...(GENERIC.includes(e.localName) ? [] : [e.localName]),
];

const parentOf = (e) => e.parentElement;
const isOnly = (e) => (selector) => {
  const found = find(selector);
  return found.length === 1 && found[0] === e;
};

// The path to an element from the nearest ancestor with an id or attribute of its own, or the body.
function path(e) {
  const steps = [];
  for (let at = e; at; at = parentOf(at)) {
    const own = at === e ? null : [...byId(at), ...byAttributes(at)].find(isOnly(at));
    if (own || !parentOf(at) || at === document.body) {
      steps.unshift(own ?? at.localName);
      break;
    }
    const siblings = [...parentOf(at).children].filter((each) => each.localName === at.localName);
    const index = siblings.length > 1 ? `:nth-of-type(${siblings.indexOf(at) + 1})` : "";
    steps.unshift(at.localName + index);
  }
  return steps.join(" > ");
}

// Selectors of a form by its content.
function byContent(form) {
  const inner = [...form.querySelectorAll("[id], [name]")].flatMap((e) =>
    [...byId(e), ...byAttributes(e).slice(0, 1)].filter(isOnly(e)),
  );
  return inner.map((selector) => `form:has(${selector})`);
}

// Selectors of an element inside an ancestor.
function byAncestor(e) {
  const scoped = [];
  for (let at = parentOf(e); at && at !== document.body; at = parentOf(at)) {
    const inner = at.localName === "form" ? byContent(at) : [];
    const ancestor = [...simple(at), ...inner].find(isOnly(at));
    if (ancestor) scoped.push(...simple(e).map((each) => `${ancestor} ${each}`));
    if (scoped.length > 30) break;
  }
  return scoped;
}

const MOST_SELECTORS = 8;

const selectorsOf = (e) =>
  [...new Set([...simple(e), ...byAncestor(e)])].filter(isOnly(e)).slice(0, MOST_SELECTORS).concat(path(e));

// Selectors of a row of boxes: of the element with these inputs only, or of all boxes.
function selectorsOfBoxes(boxes, container) {
  const isAll = (selector) => {
    const found = find(selector);
    return found.length === boxes.length && found.every((each) => boxes.includes(each));
  };
  const onlyThem = container.querySelectorAll("input").length === boxes.length;
  const ofContainer = onlyThem && container !== document.body ? selectorsOf(container) : [];
  const box = 'input[maxlength="1"]';
  const shared = [...simple(boxes[0]), box, ...selectorsOf(container).map((each) => `${each} ${box}`)];
  const ofBoxes = shared.filter(isAll);
  // A path, or a selector without an id, class or attribute.
  const isWeak = (selector) => selector.includes(" > ") || !/[#.[]/.test(selector);
  return [...ofContainer.filter((each) => !isWeak(each)), ...ofBoxes, ...ofContainer.filter(isWeak)];
}

// Selectors of adjacent images in a row, without their siblings.
function selectorsOfSiblings(images) {
  const isAll = (selector) => {
    const found = find(selector);
    return found.length === images.length && found.every((each) => images.includes(each));
  };
  const [first, parent] = [images[0], parentOf(images[0])];
  const sources = images.map((each) => each.getAttribute("src") ?? "");
  let start = sources[0];
  while (!sources.every((each) => each.startsWith(start))) start = start.slice(0, -1);
  const own = [...byAttributes(first), ...byClasses(first), "img"];
  if (start.length > 2 && !/["\\\n]/.test(start) && !isGenerated(start)) own.push(`img[src^="${start}"]`);
  const inside = parent ? selectorsOf(parent).flatMap((around) => own.map((each) => `${around} > ${each}`)) : [];
  return [...own, ...inside].filter(isAll).slice(0, MOST_SELECTORS);
}
