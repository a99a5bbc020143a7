// While a pack is being made its page follows the progress; without script there is a link.
const EVERY = 2000;
const box = document.querySelector("[data-pack]");

if (box) {
  const bar = box.querySelector("progress");
  const status = box.querySelector("[role=status]");
  let told = "";

  const follow = async () => {
    try {
      const response = await fetch(box.dataset.pack, { headers: { Accept: "application/json" } });
      const now = await response.json();
      if (!now.running) {
        location.reload();
        return;
      }
      if (now.total) {
        bar.max = now.total;
        bar.value = now.done;
      }
      const stage = now.stage || now.label;
      const text = now.total ? `${stage}，${now.done} / ${now.total}` : stage;
      if (text !== told) status.textContent = told = text;
    } catch {
      // The connection may come back; signed out, the page says so when it is loaded anew.
    }
    setTimeout(follow, EVERY);
  };
  setTimeout(follow, EVERY);
}
