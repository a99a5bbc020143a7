// The digest is computed here; the file stays on this device and only the digest is asked about.
import { sm3 } from "./digest.js";

const form = document.querySelector("[data-verify]");
if (form) {
  const input = form.querySelector("[type=file]");
  const status = form.querySelector("[data-status]");
  form.querySelector("[data-where]").textContent = "文件只在您的设备上计算，不会上传。";

  const look = async () => {
    const [file] = input.files;
    if (!file) return;
    status.textContent = `正在计算“${file.name}”的摘要值……`;
    const address = new URL(form.dataset.verify, location.href);
    address.searchParams.set("digest", sm3(await file.arrayBuffer()));
    location.assign(address);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  for (const name of ["dragover", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      if (name === "drop" && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        look();
      }
    });
  }
}
