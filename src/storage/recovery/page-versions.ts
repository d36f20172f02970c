import { openPages, openWalFrames, readWal } from './page-reader.ts';

/** The location of a page's content: the page number (from 1) for the file, or `-frame - 1` (from -1 down) for its write-ahead log. */
export type PageLocation = number;

/** The present and earlier contents of pages in a damaged file and its write-ahead log. */
export interface PageVersions {
  read(place: PageLocation): Buffer;
  /** The contents that SQLite reads. */
  readonly known: PageLayer;
  /** The contents in the write-ahead log behind the damage. */
  readonly doubtful: PageLayer;
  close(): void;
}

export interface PageLayer {
  /** Yields the newest location of each page. */
  newest(): Iterable<PageLocation>;
  /** Yields the locations of earlier contents of these pages, the newest first. */
  superseded(): Iterable<PageLocation>;
  page(page: number): Buffer | undefined;
}

/** Opens a file that may be large. Memory holds one number for each frame of the write-ahead log. */
export function openPageVersions(file: string): PageVersions {
  const main = openPages(file);
  const frames = openWalFrames(`${file}-wal`);
  const { pages, sound } = readWal(`${file}-wal`);
  const read = (place: PageLocation) => (place > 0 ? main.read(place) : frames.read(-place - 1));
  const findNewest = (from: number, to: number) => {
    const places = new Map<number, PageLocation>();
    for (let frame = from; frame < to; frame += 1) places.set(pages[frame] ?? 0, -frame - 1);
    return places;
  };
  function* listSuperseded(from: number, to: number, places: ReadonlyMap<number, PageLocation>): Generator<PageLocation> {
    for (let frame = to - 1; frame >= from; frame -= 1) if (places.get(pages[frame] ?? 0) !== -frame - 1) yield -frame - 1;
  }
  const inSound = findNewest(0, sound);
  const inTail = findNewest(sound, pages.length);
  const known: PageLayer = {
    *newest() {
      for (let page = 1; page <= main.count; page += 1) if (!inSound.has(page)) yield page;
      yield* inSound.values();
    },
    *superseded() {
      yield* listSuperseded(0, sound, inSound);
      for (const page of inSound.keys()) if (page > 0 && page <= main.count) yield page;
    },
    page(page) {
      const place = inSound.get(page) ?? page;
      return place < 0 || (place > 0 && place <= main.count) ? read(place) : undefined;
    },
  };
  const doubtful: PageLayer = {
    newest: () => inTail.values(),
    superseded: () => listSuperseded(sound, pages.length, inTail),
    page(page) {
      const place = inTail.get(page);
      return place === undefined ? known.page(page) : read(place);
    },
  };
  const close = () => {
    main.close();
    frames.close();
  };
  return { read, known, doubtful, close };
}
