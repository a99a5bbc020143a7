// The digest is computed here; the file stays on this device and only the digest is asked about.
import { sm3 } from "./digest.js";

const LARGEST = 50 * 1024 * 1024;
const form = document.querySelector("[data-verify]");

const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// SM3, and SHA-256 where the page came over https: a portal without SM3 stores the other.
async function digests(buffer) {
  const found = [sm3(buffer)];
  if (globalThis.isSecureContext) found.push(hex(await crypto.subtle.digest("SHA-256", buffer)));
  return found;
}

if (form) {
  const input = form.querySelector("[type=file]");
  const status = form.querySelector("[data-status]");
  form.querySelector("[data-where]").textContent = "文件只在您的设备上计算，不会上传。";

  const look = async () => {
    const [file] = input.files;
    if (!file) return;
    if (file.size > LARGEST) {
      status.textContent = "文件超过50 MB，本站公开的附件没有这么大的。";
      return;
    }
    status.textContent = `正在计算“${file.name}”的摘要值……`;
    try {
      const address = new URL(form.dataset.verify, location.href);
      address.searchParams.set("digest", (await digests(await file.arrayBuffer())).join(" "));
      location.assign(address);
    } catch {
      status.textContent = `读不了“${file.name}”，请重新选择。`;
    }
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
