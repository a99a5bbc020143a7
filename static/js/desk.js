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
