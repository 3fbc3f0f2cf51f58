// The scripts of the variants and faults. The plain page does not load this file.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);

async function fetchDocument(url, options) {
  const response = await fetch(url, options);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Fill a canvas or a blob; the other pictures load by themselves.
async function draw(captcha) {
  const url = captcha.dataset.src;
  if (!url) return;
  if (captcha.localName === "canvas") {
    const image = new Image();
    image.src = url;
    await image.decode();
    captcha.getContext("2d").drawImage(image, 0, 0);
  } else {
    captcha.src = URL.createObjectURL(await (await fetch(url)).blob());
  }
}

// Show another captcha in the same element.
function show(fresh) {
  const captcha = find("#captcha");
  for (const { name, value } of fresh.attributes) captcha.setAttribute(name, value);
  const image = find("image", fresh);
  if (image) find("image", captcha).setAttribute("href", image.getAttribute("href"));
  draw(captcha);
}

async function replaceCaptcha() {
  const fresh = find("#captcha", await fetchDocument("/captcha"));
  if (fresh) show(fresh);
}

// Replace all elements of the card.
function replaceCard(page) {
  const main = find("main", page);
  if (!main) return;
  find("main").replaceWith(main);
  setUp();
}

// Keep the elements and change only the message and the captcha.
async function submitInPlace(form) {
  const failure = find("#failure");
  failure.hidden = true;
  const page = await fetchDocument(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const fresh = find("#captcha", page);
  if (!fresh) return replaceCard(page);
  failure.textContent = find("#failure", page).textContent;
  failure.hidden = false;
  form.reset();
  show(fresh);
}

// Replace the form's elements and lose the typed text, as some frameworks do.
function rerender(form) {
  const copy = form.cloneNode(true);
  delete copy.dataset.rerender;
  delete copy.dataset.replaced;
  copy.reset();
  form.replaceWith(copy);
  setUp();
}

// Focus the next box when this one is filled, and the previous one when an empty box is erased.
function moveFocus(box) {
  box.addEventListener("input", () => {
    if (box.value) box.nextElementSibling?.focus();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !box.value) box.previousElementSibling?.focus();
  });
}

function whenLoaded(action) {
  if (document.readyState === "complete") action();
  else window.addEventListener("load", action);
}

function setUp() {
  const form = find("form");
  if (!form) return;
  const { refresh, verdict, obstacle } = document.body.dataset;
  draw(find("#captcha"));
  form.addEventListener("submit", (event) => {
    const confirmed = obstacle !== "alert" || confirm("Renew the card now?");
    if (!confirmed || verdict === "in_place") event.preventDefault();
    if (confirmed && verdict === "in_place") submitInPlace(form);
  });
  if (refresh === "button") {
    find("#refresh").addEventListener("click", async () => replaceCard(await fetchDocument(form.action)));
  } else if (refresh === "script") {
    find("#refresh").addEventListener("click", (event) => {
      event.preventDefault();
      replaceCaptcha();
    });
  }
  form.querySelectorAll("#answer > input").forEach(moveFocus);
  if (form.dataset.rerender) {
    form.addEventListener("input", () => rerender(form), { once: true });
  }
  if (form.dataset.replaced) {
    whenLoaded(() => setTimeout(replaceCaptcha, Number(form.dataset.replaced)));
  }
}

// A frame shows only the card and is as high as the card.
if (window !== top) document.documentElement.className = "framed";

document.addEventListener("DOMContentLoaded", () => {
  setUp();
  find("#cookie-accept")?.addEventListener("click", () => {
    document.cookie = "cookies=accepted; path=/; SameSite=Lax";
    find("#cookies").remove();
  });
  if (window !== top) {
    new ResizeObserver(([{ target }]) => {
      frameElement.style.height = `${target.offsetHeight}px`;
    }).observe(document.body);
  }
});

whenLoaded(() => {
  if (find("form") && document.body.dataset.obstacle === "alert") alert("The library closes at six.");
});
