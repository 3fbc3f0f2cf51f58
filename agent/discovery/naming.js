// Selectors for an element, the most lasting first: its id, its name, other attributes that say
// what it is for, its classes, and at last the way to it. Each matches that element alone.

const squeezed = (text) => (text ?? "").replace(/\s+/g, " ").trim();

// All elements, also in open shadow trees, into which a selector of Playwright's reaches as well.
const roots = (root = document) => [
  root,
  ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? roots(e.shadowRoot) : [])),
];
const places = roots();
const find = (selector) => places.flatMap((root) => [...root.querySelectorAll(selector)]);

// What a server or a framework makes up anew for each page.
const passing = (text) =>
  /\d{3,}|[0-9a-f]{8,}|[?&;]|^:|^(ember|ext-|yui|react|radix|headlessui|mat-|mui-|css-|sc-)/i.test(text);

const LASTING = [
  "name", "data-testid", "data-test", "data-qa", "data-cy", "aria-label", "placeholder", "alt",
  "title", "href", "value", "type", "role",
];

const byId = (e) => (e.id && !passing(e.id) ? [`#${CSS.escape(e.id)}`] : []);
const byAttributes = (e) =>
  LASTING.flatMap((name) => {
    const value = e.getAttribute(name);
    // What a field holds is what somebody typed there.
    if (!value || value.length > 60 || /["\\\n]/.test(value) || passing(value)) return [];
    if (name === "value" && !e.matches("[type=submit], [type=button], button")) return [];
    return [`${e.localName}[${name}="${value}"]`];
  });
const byClasses = (e) =>
  [...e.classList].filter((each) => !passing(each)).map((each) => `${e.localName}.${CSS.escape(each)}`);

// Tags that say nothing of what is in them.
const BARE = ["div", "span", "p", "table", "tbody", "tr", "td", "label", "fieldset", "center"];

const simple = (e) => [
  ...byId(e), ...byAttributes(e), ...byClasses(e), ...(BARE.includes(e.localName) ? [] : [e.localName]),
];

const parentOf = (e) => e.parentElement;
const isOnly = (e) => (selector) => {
  const found = find(selector);
  return found.length === 1 && found[0] === e;
};

// From an element that has a name of its own, or from the body, down to this one.
function path(e) {
  const steps = [];
  for (let at = e; at; at = parentOf(at)) {
    const own = at === e ? null : [...byId(at), ...byAttributes(at)].find(isOnly(at));
    if (own || !parentOf(at) || at === document.body) {
      steps.unshift(own ?? at.localName);
      break;
    }
    const alike = [...parentOf(at).children].filter((each) => each.localName === at.localName);
    const which = alike.length > 1 ? `:nth-of-type(${alike.indexOf(at) + 1})` : "";
    steps.unshift(at.localName + which);
  }
  return steps.join(" > ");
}

// A form that has no name of its own is known by what is in it.
function byContent(form) {
  const named = [...form.querySelectorAll("[id], [name]")].flatMap((inner) =>
    [...byId(inner), ...byAttributes(inner).slice(0, 1)].filter(isOnly(inner)),
  );
  return named.map((inner) => `form:has(${inner})`);
}

function within(e) {
  const scoped = [];
  for (let at = parentOf(e); at && at !== document.body; at = parentOf(at)) {
    const inner = at.localName === "form" ? byContent(at) : [];
    const holder = [...simple(at), ...inner].find(isOnly(at));
    if (holder) scoped.push(...simple(e).map((each) => `${holder} ${each}`));
    if (scoped.length > 30) break;
  }
  return scoped;
}

const MOST_NAMES = 8;

const namesOf = (e) =>
  [...new Set([...simple(e), ...within(e)])].filter(isOnly(e)).slice(0, MOST_NAMES).concat(path(e));

// For a row of boxes: what holds them and no other input, or what matches them all.
function namesOfAll(boxes, holder) {
  const isAll = (selector) => {
    const found = find(selector);
    return found.length === boxes.length && found.every((each) => boxes.includes(each));
  };
  const onlyThem = holder.querySelectorAll("input").length === boxes.length;
  const whole = onlyThem && holder !== document.body ? namesOf(holder) : [];
  const one = 'input[maxlength="1"]';
  const shared = [...simple(boxes[0]), one, ...namesOf(holder).map((each) => `${each} ${one}`)];
  const all = shared.filter(isAll);
  const isBare = (selector) => selector.includes(" > ") || !/[#.[]/.test(selector);
  return [...whole.filter((each) => !isBare(each)), ...all, ...whole.filter(isBare)];
}
