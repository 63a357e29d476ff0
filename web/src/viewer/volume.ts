// The volume viewer, NiiVue, behind two nouns: `Volume`, read from what the server sends, and `SliceView`, which draws one
// slice of it with WebGL. Nothing else of the page knows NiiVue.
//
// NiiVue is given the one slice that is seen and not the whole volume: windows then follow the mouse even where WebGL is
// computed without a graphics card, and eight sequences side by side need no gigabytes of its memory.
import { NVImage, Niivue, SLICE_TYPE } from "@niivue/niivue";

import { type Affine, type Axis, Grid, PLANES, type Vec3 } from "./grid";

const FLOAT32 = 16; // data types of NIfTI
const UINT8 = 2;
const NUMBERS = new Set([2, 4, 8, 16, 64, 256, 512, 768]); // those of one number a voxel
const PERCENTILES = [0.01, 0.99] as const;
const SAMPLE = 50_000; // voxels that percentiles are taken of

/** A volume in memory. */
export class Volume {
  readonly grid: Grid;
  /** Values that are shown black and white at first. */
  readonly usual: [number, number];
  /** Voxels of the file along (x, y, z) that became one here; see `/volumes`. */
  readonly factors: Vec3;
  private readonly steps: Vec3;
  private readonly start: number;
  private readonly slope: number;
  private readonly intercept: number;

  private constructor(
    private readonly image: NVImage,
    factors: Vec3,
    patient: boolean,
    unit: "mm" | "nm" | null,
  ) {
    const hdr = image.hdr!;
    const columns = Array.from(image.matRAS as Iterable<number>); // rows of the matrix, one after the other
    const affine = [0, 4, 8].map((at) => columns.slice(at, at + 4)) as Affine;
    const nanometres = unit === "nm" ? 1000 : 1; // NIfTI's finest unit is the micrometre
    this.factors = factors;
    this.grid = new Grid({
      dims: image.dimsRAS!.slice(1, 4) as Vec3,
      spacing: image.pixDimsRAS!.slice(1, 4).map((size) => Math.abs(size) * nanometres) as Vec3,
      unit,
      affine,
      volume: true,
      patient,
    });
    this.steps = image.img2RASstep!.slice(0, 3) as Vec3;
    this.start = image.img2RASstart!.slice(0, 3).reduce((sum, at) => sum + at, 0);
    this.slope = hdr.scl_slope && Number.isFinite(hdr.scl_slope) ? hdr.scl_slope : 1;
    this.intercept = Number.isFinite(hdr.scl_inter) ? hdr.scl_inter : 0;
    this.usual = this.percentiles();
  }

  /** Read a volume from an address; `patient` and `unit` are what the server says about it. */
  static async load(url: string, known: { patient: boolean; unit: "mm" | "nm" | null }, signal?: AbortSignal): Promise<Volume> {
    const response = await fetch(url, { signal, credentials: "same-origin" });
    if (!response.ok) throw new Error(`the server answered ${response.status} to ${url}`);
    const bytes = await response.arrayBuffer();
    const packed = new Uint8Array(bytes, 0, 2);
    const name = packed[0] === 0x1f && packed[1] === 0x8b ? "volume.nii.gz" : "volume.nii";
    const image = await NVImage.loadFromUrl({ url: bytes as unknown as string, name, limitFrames4D: 1 });
    if (!image.hdr || !image.img || !image.dimsRAS || !NUMBERS.has(image.hdr.datatypeCode)) {
      throw new Error("the volume holds colours or no numbers, which only the server draws");
    }
    const factors = (response.headers.get("X-Downsampled") ?? "").split(/[x,]/).map(Number);
    const whole = factors.length === 3 && factors.every((factor) => factor >= 1) ? (factors as Vec3) : ([1, 1, 1] as Vec3);
    return new Volume(image, whole, known.patient, known.unit);
  }

  /** Value of a voxel. */
  value([i, j, k]: Vec3): number {
    const raw = this.image.img![this.start + i * this.steps[0] + j * this.steps[1] + k * this.steps[2]]!;
    return raw * this.slope + this.intercept;
  }

  /** Values of a slice as it is seen, row by row from the top. */
  slice(axis: Axis, index: number): Float32Array<ArrayBuffer> {
    const { through, across, down } = PLANES[axis];
    const [columns, rows] = this.grid.size(axis);
    const values = new Float32Array(columns * rows);
    const img = this.image.img!;
    const [step, next] = [this.steps[across]!, this.steps[down]!];
    let row = this.start + index * this.steps[through]! + (columns - 1) * step + (rows - 1) * next;
    for (let r = 0, to = 0; r < rows; r++, row -= next) {
      for (let c = 0, at = row; c < columns; c++, at -= step) values[to++] = img[at]! * this.slope + this.intercept;
    }
    return values;
  }

  /** Which voxels are above zero, in the order i, j, k. */
  marked(): Uint8Array {
    const [nx, ny, nz] = this.grid.dims;
    const found = new Uint8Array(nx * ny * nz);
    const img = this.image.img!;
    let to = 0;
    for (let k = 0; k < nz; k++) {
      for (let j = 0; j < ny; j++) {
        let at = this.start + j * this.steps[1] + k * this.steps[2];
        for (let i = 0; i < nx; i++, at += this.steps[0]) found[to++] = img[at]! > 0 ? 1 : 0;
      }
    }
    return found;
  }

  /** Voxel of the file, (x, y, z) as it is stored. */
  stored(voxel: Vec3): Vec3 {
    return this.steppedFrom(voxel).map((at, axis) => at * this.factors[axis]! + Math.floor(this.factors[axis]! / 2)) as Vec3;
  }

  private steppedFrom([i, j, k]: Vec3): Vec3 {
    const dims = this.image.hdr!.dims;
    const at = this.start + i * this.steps[0] + j * this.steps[1] + k * this.steps[2];
    const [nx, ny] = [dims[1]!, dims[2]!];
    return [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
  }

  /** Voxel of this grid, of one of the file: the inverse of `stored`. */
  loaded(stored: Vec3): Vec3 {
    const origin = this.steppedFrom([0, 0, 0]);
    const voxel: Vec3 = [0, 0, 0];
    for (let axis = 0; axis < 3; axis++) {
      if (this.grid.dims[axis] === 1) continue;
      const unit: Vec3 = [0, 0, 0];
      unit[axis] = 1;
      const step = this.steppedFrom(unit).map((at, which) => at - origin[which]!);
      const along = step.findIndex((by) => by !== 0);
      voxel[axis] = (Math.floor(stored[along]! / this.factors[along]!) - origin[along]!) * step[along]!;
    }
    return voxel;
  }

  /** A mask on this volume's grid as a NIfTI file in the order and at the place of the volume's own file. */
  nifti(marked: Uint8Array): Uint8Array {
    const hdr = this.image.hdr!;
    const [nx, ny, nz] = this.grid.dims;
    const stored = new Uint8Array(marked.length);
    let from = 0;
    for (let k = 0; k < nz; k++) {
      for (let j = 0; j < ny; j++) {
        let at = this.start + j * this.steps[1] + k * this.steps[2];
        for (let i = 0; i < nx; i++, at += this.steps[0]) stored[at] = marked[from++]!;
      }
    }
    return NVImage.createNiftiArray(hdr.dims.slice(1, 4), hdr.pixDims.slice(1, 4), hdr.affine.flat(), UINT8, stored);
  }

  private percentiles(): [number, number] {
    const img = this.image.img!;
    const every = Math.max(1, Math.floor(img.length / SAMPLE));
    const sample: number[] = [];
    for (let at = 0; at < img.length; at += every) if (Number.isFinite(img[at]!)) sample.push(img[at]!);
    sample.sort((a, b) => a - b);
    const [low, high] = PERCENTILES.map((share) => sample[Math.floor(share * (sample.length - 1))] ?? 0) as [number, number];
    const ends = low < high ? [low, high] : [sample[0] ?? 0, sample[sample.length - 1] ?? 1];
    const [black, white] = ends.map((end) => end! * this.slope + this.intercept) as [number, number];
    return black < white ? [black, white] : [black, black + 1];
  }
}

/** What is drawn: a slice, between which values, and where on the canvas. */
export interface SliceFrame {
  volume: Volume;
  axis: Axis;
  index: number;
  window: [number, number];
  /** Point of the slice in the middle of the canvas, from its left and top, in the grid's unit. */
  centre: [number, number];
  /** How much larger than fitted. */
  zoom: number;
}

/** A canvas that NiiVue draws slices on. */
export class SliceView {
  private slab: NVImage | null = null;
  private shown = "";

  private constructor(private readonly niivue: Niivue) {}

  /**
   * Begin to draw on a canvas.
   *
   * @throws Error where there is no WebGL 2.
   */
  static async on(canvas: HTMLCanvasElement): Promise<SliceView> {
    const probe = document.createElement("canvas").getContext("webgl2");
    if (!probe) throw new Error("no WebGL 2");
    probe.getExtension("WEBGL_lose_context")?.loseContext(); // browsers count contexts
    const niivue = new Niivue({
      interactive: false,
      dragAndDropEnabled: false,
      crosshairWidth: 0,
      isOrientationTextVisible: false,
      isRadiologicalConvention: false, // the slice comes as it is seen
      sliceType: SLICE_TYPE.AXIAL,
      loadingText: "",
      logLevel: "error",
    });
    await niivue.attachToCanvas(canvas, false);
    return new SliceView(niivue);
  }

  /** Draw a slice. */
  async draw(frame: SliceFrame): Promise<void> {
    const { volume, axis, index } = frame;
    const { niivue } = this;
    const key = `${axis} ${index}`;
    const values = this.shown === key ? null : volume.slice(axis, index);
    const [columns, rows] = volume.grid.size(axis);
    const { across, down } = PLANES[axis];
    const [wide, tall] = [volume.grid.facts.spacing[across]!, volume.grid.facts.spacing[down]!];
    if (!this.slab || this.slab.dims![1] !== columns || this.slab.dims![2] !== rows || this.shown[0] !== axis) {
      const file = NVImage.createNiftiArray(
        [columns, rows, 1],
        [wide, tall, 1],
        [wide, 0, 0, 0, 0, -tall, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
        FLOAT32,
        new Uint8Array(values!.buffer),
      );
      this.slab = await NVImage.loadFromUrl({ url: file.slice().buffer as unknown as string, name: "slice.nii" });
      for (const before of [...niivue.volumes]) niivue.removeVolume(before);
      niivue.addVolume(this.slab);
    }
    if (values) this.slab.img = values;
    [this.slab.cal_min, this.slab.cal_max] = frame.window;
    this.shown = key;
    this.place(frame, wide * columns, tall * rows);
    niivue.updateGLVolume();
  }

  /** True where the canvas stayed black although the slice holds something bright: some drivers do that silently. */
  isBlack(frame: SliceFrame): boolean {
    const { gl } = this.niivue;
    if (gl.isContextLost()) return true;
    const values = frame.volume.slice(frame.axis, frame.index);
    const [low, high] = frame.window;
    const bright = values.filter((value) => value > low + (high - low) / 2).length;
    if (bright < values.length / 50) return false; // too little to be sure of
    this.niivue.drawScene();
    const pixels = new Uint8Array(gl.drawingBufferWidth * gl.drawingBufferHeight * 4);
    gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return !pixels.some((value, at) => at % 4 < 3 && value > 20);
  }

  close(): void {
    this.niivue.cleanup();
    this.niivue.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Put a point of the slice into the middle of the canvas; NiiVue measures from the slab's first voxel. */
  private place({ centre, zoom }: SliceFrame, width: number, height: number): void {
    const [left, bottom] = this.slab!.extentsMinOrtho! as [number, number];
    const [x, y] = [left + centre[0], bottom + height - centre[1]];
    const pan = [left + width / 2 - x * zoom, bottom + height / 2 - y * zoom];
    const { scene } = this.niivue;
    scene.pan2Dxyzmm = Float32Array.from([pan[0]!, pan[1]!, 0, zoom]);
    scene.crosshairPos = Float32Array.from([0.5, 0.5, 0.5]);
  }
}
