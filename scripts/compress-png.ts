import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** Makes screenshots small: pictures of pages have few colours, so a palette of 256 suffices. */

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const maxColors = 256;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, in base64. */
  readonly rgb: string;
}

/** Returns the picture with a palette of its most frequent colours. */
export async function compressPng(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, rgb } = await readPixels(page, png);
  const bytes = Buffer.from(rgb, 'base64');
  const { palette, indexes } = mapToPalette(Array.from({ length: width * height }, (_, at) => bytes.readUIntBE(3 * at, 3)));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits, with a palette
  const colors = Buffer.alloc(3 * palette.length);
  for (const [at, color] of palette.entries()) colors.writeUIntBE(color, 3 * at, 3);
  return Buffer.concat([
    signature,
    writeChunk('IHDR', header),
    writeChunk('PLTE', colors),
    writeChunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    writeChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Decodes a picture in the browser. */
function readPixels(page: Page, png: Buffer): Promise<Pixels> {
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new Error('the browser has no canvas');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const parts: string[] = [];
    for (let at = 0; at < data.length; at += 4) parts.push(String.fromCharCode(...data.subarray(at, at + 3)));
    return { width, height, rgb: btoa(parts.join('')) };
  }, png.toString('base64'));
}

/** Chooses the most frequent colours, and maps the others to the nearest of them. */
function mapToPalette(pixels: readonly number[]): { readonly palette: readonly number[]; readonly indexes: Uint8Array } {
  const counts = new Map<number, number>();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, maxColors)
    .map(([color]) => color);
  const indexOf = new Map(palette.map((color, index) => [color, index]));
  for (const color of counts.keys()) if (!indexOf.has(color)) indexOf.set(color, findNearest(palette, color));
  return { palette, indexes: Uint8Array.from(pixels, (color) => indexOf.get(color) ?? 0) };
}

function findNearest(palette: readonly number[], color: number): number {
  const distances = palette.map((other) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((other >> shift) & 255) - ((color >> shift) & 255)) ** 2, 0),
  );
  return distances.indexOf(Math.min(...distances));
}

function writeChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
