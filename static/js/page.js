// Small comforts on top of pages that work without them.

// A print button where a page asks for one.
for (const place of document.querySelectorAll("[data-print]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = "打印本页";
  button.addEventListener("click", () => window.print());
  place.append(button);
}
