// What the fields of the answer, and the texts around them, say about the answer. answer_hints.py
// draws the conclusions. `selected` are the fields, or an element that contains them.

function clues(selected) {
  const isField = (e) => e.matches("input, textarea");
  const fields = selected.flatMap((e) => (isField(e) ? [e] : [...e.querySelectorAll("input:not([type=hidden])")]));
  const first = fields[0];
  if (!first) return null;
  const describedBy = (first.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  const descriptions = describedBy.map((id) => document.getElementById(id)?.textContent);
  const around = context(selected[0]);
  const texts = [
    labelOf(first), labelOf(selected[0]), valuesOf(first, ["placeholder", "title", "aria-label"]),
    ...descriptions, around.before, around.after,
  ];
  return {
    count: fields.length,
    most: Math.max(0, first.maxLength ?? 0),
    fewest: Math.max(0, first.minLength ?? 0),
    pattern: first.getAttribute("pattern") ?? "",
    numeric: first.inputMode === "numeric" || first.type === "number",
    only_numbers: first.type === "number",
    checked: first.willValidate && first.form !== null && !first.form.noValidate,
    transform: getComputedStyle(first).textTransform,
    capitals: first.getAttribute("autocapitalize") === "characters",
    text: [...new Set(texts.map(squeezed))].filter(Boolean).join(" | ").slice(0, 1000),
  };
}
