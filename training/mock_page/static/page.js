// What a variant or a fault of the page does by script. An honest and plain page has none.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);

// What the server answers, as a document that nothing is shown of yet.
async function ask(address, how) {
  const response = await fetch(address, how);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// A canvas and a blob are filled by script; the other pictures load by themselves.
async function draw(captcha) {
  const address = captcha.dataset.src;
  if (!address) return;
  if (captcha.localName === "canvas") {
    const image = new Image();
    image.src = address;
    await image.decode();
    captcha.getContext("2d").drawImage(image, 0, 0);
  } else {
    captcha.src = URL.createObjectURL(await (await fetch(address)).blob());
  }
}

// The same element shows another captcha.
function show(fresh) {
  const captcha = find("#captcha");
  for (const { name, value } of fresh.attributes) captcha.setAttribute(name, value);
  const image = find("image", fresh);
  if (image) find("image", captcha).setAttribute("href", image.getAttribute("href"));
  draw(captcha);
}

async function another() {
  const fresh = find("#captcha", await ask("/captcha"));
  if (fresh) show(fresh);
}

// Other elements take the place of all that stands on the card.
function replace(page) {
  const main = find("main", page);
  if (!main) return;
  find("main").replaceWith(main);
  begin();
}

// The elements stay; only the message and the captcha are others.
async function submitInPlace(form) {
  const failure = find("#failure");
  failure.hidden = true;
  const page = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const fresh = find("#captcha", page);
  if (!fresh) return replace(page);
  failure.textContent = find("#failure", page).textContent;
  failure.hidden = false;
  form.reset();
  show(fresh);
}

// As frameworks do that draw a form anew: its elements are others, and what was typed is lost.
function drawFormAnew(form) {
  const anew = form.cloneNode(true);
  delete anew.dataset.rerender;
  delete anew.dataset.replaced;
  anew.reset();
  form.replaceWith(anew);
  begin();
}

// A box hands on to the next when filled, and back when there is nothing left to erase in it.
function chain(box) {
  box.addEventListener("input", () => {
    if (box.value) box.nextElementSibling?.focus();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !box.value) box.previousElementSibling?.focus();
  });
}

function whenLoaded(act) {
  if (document.readyState === "complete") act();
  else window.addEventListener("load", act);
}

function begin() {
  const form = find("form");
  if (!form) return;
  const { refresh, verdict, over } = document.body.dataset;
  draw(find("#captcha"));
  form.addEventListener("submit", (event) => {
    const sure = over !== "alert" || confirm("Renew the card now?");
    if (!sure || verdict === "in_place") event.preventDefault();
    if (sure && verdict === "in_place") submitInPlace(form);
  });
  if (refresh === "button") {
    find("#refresh").addEventListener("click", async () => replace(await ask(form.action)));
  } else if (refresh === "script") {
    find("#refresh").addEventListener("click", (event) => {
      event.preventDefault();
      another();
    });
  }
  form.querySelectorAll("#answer > input").forEach(chain);
  if (form.dataset.rerender) {
    form.addEventListener("input", () => drawFormAnew(form), { once: true });
  }
  if (form.dataset.replaced) {
    whenLoaded(() => setTimeout(another, Number(form.dataset.replaced)));
  }
}

// Within a frame there is only the card, and the frame is as high as it.
if (window !== top) document.documentElement.className = "framed";

document.addEventListener("DOMContentLoaded", () => {
  begin();
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
  if (find("form") && document.body.dataset.over === "alert") alert("The library closes at six.");
});
