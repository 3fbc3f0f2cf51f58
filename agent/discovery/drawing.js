// Draw an outline and a label for each part, in a shadow tree that the page's styles do not reach.
function drawOutlines({ id, parts, labelWidth }) {
  const host = document.createElement("div");
  host.id = id;
  host.popover = "manual";
  host.style = `position: fixed; inset: 0 auto auto 0; z-index: 2147483647; width: 0; height: 0;
    margin: 0; padding: 0; border: 0; overflow: visible`;
  const root = host.attachShadow({ mode: "open" });
  document.documentElement.append(host);
  for (const { label, colour, x, y, width, height } of parts) {
    const outline = document.createElement("div");
    outline.style = `position: fixed; left: ${x - 3}px; top: ${y - 3}px; width: ${width + 6}px;
      height: ${height + 6}px; border: 2px solid ${colour}; border-radius: 4px;
      box-sizing: border-box; box-shadow: 0 0 0 1px #fff`;
    const text = document.createElement("div");
    text.textContent = label;
    const fitsBeside = x + width + labelWidth < innerWidth;
    const position = fitsBeside ? "left: calc(100% + 6px); top: -2px" : "right: -2px; bottom: 100%";
    text.style = `position: absolute; ${position}; background: ${colour}; color: #fff;
      padding: 1px 6px; border-radius: 4px; max-width: ${labelWidth - 20}px;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
      font: 600 12px/16px system-ui, sans-serif`;
    outline.append(text);
    root.append(outline);
  }
  // A popover is above everything else, dialogs included.
  host.showPopover?.();
}

const eraseOutlines = (id) => document.getElementById(id)?.remove();
