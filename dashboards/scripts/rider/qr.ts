// Draws digits as a QR code: numeric mode, level M, black on white, four modules of quiet zone.
import { encode } from "./modules";

const QUIET = 4;
/** CSS pixels a module when there is room: 61 modules are then about 48 mm on a phone. */
const WANTED = 5;
const LEAST = 3;

export function draw(canvas: HTMLCanvasElement, text: string, room: number): void {
  const { matrix } = encode(text);
  const count = matrix.length;
  const side = count + 2 * QUIET;
  const ratio = window.devicePixelRatio || 1;
  const css = Math.max(LEAST, Math.min(WANTED, room / side));
  // Whole device pixels a module: a blurred edge costs the scanner range.
  const pixels = Math.max(Math.ceil(LEAST * ratio), Math.floor(css * ratio));
  canvas.width = canvas.height = side * pixels;
  const width = (side * pixels) / ratio;
  canvas.style.width = canvas.style.height = `${width}px`;
  const box = canvas.parentElement!.getBoundingClientRect();
  const left = Math.round((box.left + (box.width - width) / 2) * ratio) / ratio;
  canvas.style.marginLeft = `${left - box.left}px`;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (matrix[row]![column]) pen.fillRect((column + QUIET) * pixels, (row + QUIET) * pixels, pixels, pixels);
    }
  }
}
