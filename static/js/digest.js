// SM3 (GB/T 32905-2016). Browsers have no SM3 of their own; SHA-256 they have.

const IV = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
];
const rotate = (word, bits) => (word << bits) | (word >>> (32 - bits));
const p0 = (x) => x ^ rotate(x, 9) ^ rotate(x, 17);
const p1 = (x) => x ^ rotate(x, 15) ^ rotate(x, 23);
const CONSTANTS = Array.from({ length: 64 }, (_, j) =>
  rotate(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32),
);

function compress(state, view, start, words) {
  for (let j = 0; j < 16; j++) words[j] = view.getInt32(start + 4 * j);
  for (let j = 16; j < 68; j++) {
    const x = words[j - 16] ^ words[j - 9] ^ rotate(words[j - 3], 15);
    words[j] = p1(x) ^ rotate(words[j - 13], 7) ^ words[j - 6];
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let j = 0; j < 64; j++) {
    const a12 = rotate(a, 12);
    const ss1 = rotate((a12 + e + CONSTANTS[j]) | 0, 7);
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ a12) + (words[j] ^ words[j + 4])) | 0;
    const tt2 = (gg + h + ss1 + words[j]) | 0;
    [d, c, b, a] = [c, rotate(b, 9), a, tt1];
    [h, g, f, e] = [g, rotate(f, 19), e, p0(tt2)];
  }
  const turned = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] ^= turned[i];
}

// The SM3 digest of an ArrayBuffer as 64 hexadecimal digits.
export function sm3(buffer) {
  const state = [...IV];
  const words = new Int32Array(68);
  const whole = buffer.byteLength - (buffer.byteLength % 64);
  const view = new DataView(buffer);
  for (let start = 0; start < whole; start += 64) compress(state, view, start, words);
  const rest = buffer.byteLength - whole;
  const tail = new DataView(new ArrayBuffer(rest < 56 ? 64 : 128));
  for (let i = 0; i < rest; i++) tail.setUint8(i, view.getUint8(whole + i));
  tail.setUint8(rest, 0x80);
  tail.setBigUint64(tail.byteLength - 8, BigInt(buffer.byteLength) * 8n);
  for (let start = 0; start < tail.byteLength; start += 64) compress(state, tail, start, words);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
