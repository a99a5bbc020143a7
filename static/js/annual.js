// Adds up the totals of an annual report's tables while somebody types; saving adds them again.

const totals = [...document.querySelectorAll("output[data-parts]")];

const numberAt = (id) => {
  const cell = document.getElementById(id);
  const number = Number((cell?.value ?? "").trim() || 0);
  return Number.isInteger(number) && number >= 0 ? number : 0;
};

function add() {
  // A total that adds up totals stands after them in its row; its parts are new by then.
  for (const total of totals) {
    total.value = String(total.dataset.parts.split(" ").reduce((sum, id) => sum + numberAt(id), 0));
  }
}

if (totals.length > 0) {
  document.querySelector(".annual-table").addEventListener("input", add);
}
