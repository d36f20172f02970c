import type { PageIdentifiers } from '../kit/matching.ts';

/** @source https://ads.example/docs/matching (2026-11-24) */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'exclid', maxLength: 64 }],
  browserIds: [],
};
