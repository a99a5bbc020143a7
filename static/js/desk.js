// The editor puts its own text box beside the field it replaces; give it the field's name.
function nameEditors() {
  for (const box of document.querySelectorAll(".tiptap:not([aria-label])")) {
    const field = box.closest(".form-row")?.querySelector("textarea");
    const label = field && document.querySelector(`label[for="${field.id}"]`);
    if (label) box.setAttribute("aria-label", label.textContent.replace(/[::]\s*$/, ""));
  }
}

new MutationObserver(nameEditors).observe(document.body, { childList: true, subtree: true });
nameEditors();

// Signing without a mouse: Alt with the letter that the button or field names.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !event.code.startsWith("Key")) return;
  const target = document.querySelector(`[data-key="${event.code.slice(3)}"]`);
  if (!target) return;
  event.preventDefault();
  target.focus();
  if (target.type === "submit") target.click();
});
