// The tile viewer, OpenSeadragon, behind one noun: `TileView` shows part of a large picture, tile by tile. It takes no
// mouse and no keys; whoever owns it says which part is seen.
import OpenSeadragon from "openseadragon";

const TILE = 256;

/** Where tiles of a picture come from. */
export interface TileSource {
  width: number;
  height: number;
  /** Address of a tile at a level of Deep Zoom: 0 is one pixel. */
  address: (level: number, column: number, row: number) => string;
}

export class TileView {
  private constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private source: TileSource,
  ) {}

  static on(element: HTMLElement, source: TileSource): TileView {
    keepStylesOut();
    const viewer = OpenSeadragon({
      element,
      tileSources: [tileSource(source)] as unknown as string[],
      showNavigationControl: false,
      mouseNavEnabled: false,
      keyboardNavEnabled: false,
      tabIndex: -1,
      animationTime: 0,
      immediateRender: true,
      drawer: "canvas",
      maxZoomPixelRatio: 64,
      minZoomImageRatio: 0.01,
      visibilityRatio: 0,
      smoothTileEdgesMinZoom: Number.POSITIVE_INFINITY,
    } as OpenSeadragon.Options);
    return new TileView(viewer, source);
  }

  /** Show other tiles of the same picture, such as those of another window. */
  replace(source: TileSource): void {
    this.source = source;
    this.viewer.addTiledImage({
      tileSource: tileSource(source) as unknown as string,
      index: 0,
      replace: true,
    });
  }

  /** Show a part of the picture, in its pixels. */
  show(left: number, top: number, width: number, height: number): void {
    const { viewport } = this.viewer;
    const share = 1 / this.source.width;
    viewport.fitBounds(new OpenSeadragon.Rect(left * share, top * share, width * share, height * share), true);
  }

  /** Call back when the picture can be placed. */
  whenOpen(run: () => void): void {
    if (this.viewer.world.getItemCount()) run();
    else this.viewer.addOnceHandler("open", run);
  }

  close(): void {
    this.viewer.destroy();
  }
}

/**
 * OpenSeadragon writes a style into the page, for an outline that is not ours, and the Content-Security-Policy refuses it
 * with an error; it writes none where it finds its mark.
 */
function keepStylesOut(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`)) return;
  const style = document.createElementNS(null, "style"); // of no language, so that there is nothing to apply or refuse
  style.setAttribute(mark, "");
  document.head.append(style);
}

function tileSource({ width, height, address }: TileSource) {
  return {
    width,
    height,
    tileSize: TILE,
    tileOverlap: 0,
    minLevel: 8,
    maxLevel: Math.ceil(Math.log2(Math.max(width, height))),
    getTileUrl: address,
  };
}
