/** A canvas to draw on with a mouse, a finger or the keyboard: white on black, as the digits of the data sets are. */

const PEN = 0.075;
/** How far an arrow key moves the pen, as a share of the width. */
const STEP = 0.04;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** What is drawn, and its pen. */
export class Drawing {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement | null} line - tells where the pen is
   * @param {() => void} changed - called when a stroke ends
   */
  constructor(canvas, line, changed) {
    this.canvas = canvas;
    this.line = line;
    this.changed = changed;
    this.pen = { x: canvas.width / 2, y: canvas.height / 2, down: false };
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    this.wipe();
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => this.end());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => (this.pen.down = false));
  }

  /** Make the canvas black. */
  wipe() {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * Return what is drawn as a PNG.
   * @returns {Promise<Blob>}
   */
  image() {
    return new Promise((resolve, reject) => this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The drawing could not be read."))), "image/png"));
  }

  /**
   * @param {PointerEvent} event
   * @returns {{ x: number, y: number }}
   */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * this.canvas.width) / box.width, y: ((event.clientY - box.top) * this.canvas.height) / box.height };
  }

  /** @param {PointerEvent} event */
  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    Object.assign(this.pen, this.place(event), { down: true });
    this.stroke(this.pen);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.pen.down) this.stroke(this.place(event));
  }

  end() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.changed();
  }

  /** @param {{ x: number, y: number }} to */
  stroke(to) {
    Object.assign(this.context, { strokeStyle: "#fff", lineWidth: PEN * this.canvas.width, lineCap: "round", lineJoin: "round" });
    this.context.beginPath();
    this.context.moveTo(this.pen.x, this.pen.y);
    this.context.lineTo(to.x, to.y);
    this.context.stroke();
    Object.assign(this.pen, { x: to.x, y: to.y });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = MOVES[event.key];
    if (!move && event.key !== " " && event.key !== "Delete") return;
    event.preventDefault();
    if (event.key === "Delete") {
      this.wipe();
      return this.tell("The drawing is wiped.");
    }
    if (event.key === " ") {
      this.pen.down = !this.pen.down;
      if (!this.pen.down) this.changed();
      else this.stroke(this.pen);
    } else this.moveBy(move);
    this.tell();
  }

  /** @param {number[]} move */
  moveBy([across, down]) {
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    const to = { x: within(this.pen.x + across * STEP * this.canvas.width, this.canvas.width), y: within(this.pen.y + down * STEP * this.canvas.height, this.canvas.height) };
    if (this.pen.down) this.stroke(to);
    else Object.assign(this.pen, to);
  }

  tell(text = `The pen is ${this.pen.down ? "down" : "up"}, at ${Math.round((100 * this.pen.x) / this.canvas.width)}% across, ${Math.round((100 * this.pen.y) / this.canvas.height)}% down.`) {
    if (this.line) this.line.textContent = text;
  }
}
