/**
 * Ways in beside those that each source has of its own: the pixel of a browser, `POST /v1/events` of a server, and the webhooks of a shop
 * system. Two ways in may report one event under the same id and source, so a way in is a part of the event's key.
 */
export const viaTexts = {
  segment: 'a Segment SDK',
} as const;

export type Via = keyof typeof viaTexts;

export const viaNames: readonly Via[] = Object.keys(viaTexts).filter(isVia);

export function isVia(text: string): text is Via {
  return Object.hasOwn(viaTexts, text);
}

/** Returns who reported an event, for a sentence such as "Received from the browser by a Segment SDK". */
export function describeReporter({ reporter, via }: { readonly reporter: string; readonly via?: Via | undefined }): string {
  return via === undefined ? `the ${reporter}` : `the ${reporter} by ${viaTexts[via]}`;
}
