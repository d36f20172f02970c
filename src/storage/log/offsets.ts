import type { Offset } from './event-log.ts';

const digits = 16;

/** Formats a seq with a fixed width, so that offsets compare as strings in log order. */
export function toOffset(seq: number): Offset {
  return String(seq).padStart(digits, '0');
}

/** Returns whether a text has the form of an offset. A cursor that was damaged on the disk may not. */
export function isOffset(text: string): boolean {
  return text === '' || (text.length === digits && /^\d+$/.test(text));
}

export function toSeq(offset: Offset): number {
  return offset === '' ? 0 : Number(offset);
}
