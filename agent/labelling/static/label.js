"use strict";

// Shows one picture after the other. The next ones are loaded in advance, and answers are sent in
// the background, so that nobody waits for the server.

const LARGEST = 6; // times its own size that a picture is shown at most
const ZOOM = 1.75;

const byId = (id) => document.getElementById(id);
const check = document.body.dataset.check === "true";

let current = null; // the item on the page; null at the end
let upcoming = []; // the items after it, as the server said last
let zoomed = false;
const before = []; // the items that were shown before, the last one last
const again = []; // the items to show again after Back, the next one last
const pictures = new Map(); // the loaded <img> of each item, by file name
const unsaved = new Set(); // the files whose answers are on their way
let sending = Promise.resolve();

function picture(item) {
  if (!pictures.has(item.file)) {
    const image = new Image();
    image.src = `pictures/${encodeURIComponent(item.file)}`;
    image.alt = "Captcha";
    image.onload = fit;
    image.decode().catch(() => {});
    pictures.set(item.file, image);
  }
  return pictures.get(item.file);
}

function fit() {
  const image = current && picture(current);
  if (!image || !image.naturalWidth) return;
  const style = getComputedStyle(byId("picture"));
  const width = byId("picture").clientWidth - 2 * parseFloat(style.paddingLeft);
  const height = byId("picture").clientHeight - 2 * parseFloat(style.paddingTop);
  const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight, LARGEST);
  image.width = Math.round(image.naturalWidth * scale * (zoomed ? ZOOM : 1));
  const frame = byId("picture"); // a zoomed picture begins in its middle
  frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  frame.scrollTop = (frame.scrollHeight - frame.clientHeight) / 2;
}

function hint(item) {
  if (item.suggestion === null) return "No model has read this picture yet.";
  const sure = `${Math.floor(100 * item.confidence)} % sure`;
  if (check) return `The label is ${item.label}. The model reads ${item.suggestion}, ${sure}.`;
  if (item.label !== null && item.label !== item.suggestion) {
    return `You typed this. The model reads ${item.suggestion}, ${sure}.`;
  }
  return `The model is ${sure}.`;
}

function show(item) {
  current = item;
  const isEnd = item === null;
  const wasHidden = byId("form").hidden;
  byId("form").hidden = isEnd;
  byId("end").hidden = !isEnd;
  byId("back").disabled = byId("back-from-end").disabled = before.length === 0;
  if (isEnd) {
    byId("end").focus();
    return;
  }
  byId("picture").replaceChildren(picture(item));
  fit();
  byId("hint").textContent = hint(item);
  byId("text").value = item.label ?? item.suggestion ?? "";
  if (wasHidden || document.activeElement !== byId("text")) byId("text").focus();
  byId("text").select();
}

function showNext() {
  show(again.pop() ?? upcoming.shift() ?? null);
}

function take(state) {
  const elsewhere = [current, ...again].map((item) => item && item.file);
  upcoming = state.next.filter((item) => !elsewhere.includes(item.file) && !unsaved.has(item.file));
  upcoming.forEach(picture);
  const kept = new Set([...elsewhere, ...upcoming.map((item) => item.file)]);
  for (const file of pictures.keys()) {
    if (!kept.has(file) && !before.slice(-5).some((item) => item.file === file)) {
      pictures.delete(file);
    }
  }
  const done = state.labelled + state.unreadable;
  const unreadable = state.unreadable ? `, ${state.unreadable} cannot be read` : "";
  byId("progress").max = check ? state.labelled : state.pictures;
  byId("progress").value = check ? state.labelled - state.left : done;
  byId("counts").textContent = check
    ? `${state.left} labels to check`
    : `${state.labelled} of ${state.pictures} labelled${unreadable}`;
  byId("lines").replaceChildren(
    ...state.lines.map((line) => {
      const element = document.createElement("li");
      element.textContent = line;
      return element;
    }),
  );
  if (current === null && upcoming.length > 0) showNext();
}

function reason(error) {
  return error instanceof TypeError ? "capslice label does not answer" : error.message;
}

async function post(item, answer) {
  try {
    const response = await fetch("answers", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ file: item.file, ...answer }),
    });
    const result = await response.json();
    unsaved.delete(item.file);
    if (!response.ok) throw new Error(result.error);
    byId("problem").textContent = "";
    take(result);
  } catch (error) {
    unsaved.delete(item.file);
    byId("problem").textContent = `The last answer was not saved: ${reason(error)}`;
    if (current) again.push(current);
    show(item);
  }
}

function decide(answer, said) {
  const item = current;
  if (item === null) return;
  if (answer.decision === "label") item.label = answer.text;
  byId("said").textContent = said;
  before.push(item);
  unsaved.add(item.file);
  sending = sending.then(() => post(item, answer));
  showNext();
}

function save() {
  const text = byId("text").value.trim();
  if (text === "") {
    byId("said").textContent = "Type the text, or choose Cannot be read.";
    return;
  }
  decide({ decision: "label", text }, `${text} saved.`);
}

function back() {
  if (before.length === 0) return;
  if (current) again.push(current);
  byId("said").textContent = "Back at the last picture.";
  show(before.pop());
}

function toggleZoom() {
  zoomed = !zoomed;
  byId("zoom").setAttribute("aria-pressed", String(zoomed));
  fit();
}

function takeReading() {
  if (!current || current.suggestion === null) return;
  byId("text").value = current.suggestion;
  save();
}

const actions = {
  save,
  back,
  "back-from-end": back,
  zoom: toggleZoom,
  take: takeReading,
  skip: () => decide({ decision: "skip" }, "Skipped."),
  unreadable: () => decide({ decision: "unreadable" }, "Marked as one that cannot be read."),
};
const keys = { PageUp: "back", PageDown: "skip", F2: "zoom", "Shift+Enter": "unreadable" };
if (check) keys.F4 = "take";

for (const [id, action] of Object.entries(actions)) {
  if (id !== "save") byId(id)?.addEventListener("click", action);
}
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const onButton = document.activeElement instanceof HTMLButtonElement;
  const name = keys[(event.shiftKey ? "Shift+" : "") + event.key];
  if (event.key === "Enter" && event.repeat) event.preventDefault(); // a key that is held down
  else if (name && !(onButton && event.key === "Enter")) {
    event.preventDefault();
    actions[name]();
  }
});
addEventListener("resize", fit);
addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) event.preventDefault();
});

fetch("state")
  .then((response) => response.json())
  .then((state) => {
    take(state);
    if (current === null) showNext();
  })
  .catch((error) => {
    byId("problem").textContent = `Nothing can be shown: ${reason(error)}`;
  });
