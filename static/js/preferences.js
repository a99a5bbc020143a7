// Larger text and stronger contrast, remembered on this device only.
// The buttons are drawn here because they can do nothing without a script.

const CHOICES = { text: ["large", "大字版"], contrast: ["more", "高对比"] };
const root = document.documentElement;

function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage refused: the choice lasts for this page
  }
}

function write(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // see read()
  }
}

for (const [name, [value]] of Object.entries(CHOICES)) {
  if (read(name) === value) root.dataset[name] = value;
}

function drawButtons() {
  const list = document.querySelector("[data-preferences]");
  if (!list) return;
  for (const [name, [value, label]] of Object.entries(CHOICES).reverse()) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-pressed", String(root.dataset[name] === value));
    button.addEventListener("click", () => {
      const on = root.dataset[name] !== value;
      if (on) root.dataset[name] = value;
      else delete root.dataset[name];
      write(name, on ? value : "");
      button.setAttribute("aria-pressed", String(on));
    });
    const item = document.createElement("li");
    item.append(button);
    list.prepend(item);
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawButtons);
else drawButtons();
