/**
 * Ways in beside those that each source has of its own: the pixel of a browser, `POST /v1/events` of a server, and the webhooks of a shop
 * system. Two ways in may report one event under the same id and source, so a way in is a part of the event's key.
 */
export const viaTexts = {
  segment: 'a Segment SDK',
  stripe: 'Stripe',
  recharge: 'Recharge',
} as const;

const hookPrefix = 'hook:';

/** A way in. A hook with a mapping is one of its own, by its id. */
export type Via = keyof typeof viaTexts | `hook:${string}`;

/** The ways in that are no hook with a mapping. */
export const viaNames = ['segment', 'stripe', 'recharge'] as const satisfies readonly (keyof typeof viaTexts)[];

export function isHookVia(via: Via | undefined): boolean {
  return via?.startsWith(hookPrefix) ?? false;
}

export function isVia(text: string): text is Via {
  return Object.hasOwn(viaTexts, text) || /^hook:[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

/** Returns the name of a way in, for a sentence. */
export function describeVia(via: Via): string {
  const texts: Readonly<Record<string, string>> = viaTexts;
  return (Object.hasOwn(texts, via) ? texts[via] : undefined) ?? `the hook ${via.slice(hookPrefix.length)}`;
}

/** Returns who reported an event, for a sentence such as "Received from the browser by a Segment SDK". */
export function describeReporter({ reporter, via }: { readonly reporter: string; readonly via?: Via | undefined }): string {
  if (via === undefined) return `the ${reporter}`;
  return reporter === 'browser' && isHookVia(via) ? `${describeVia(via)}, not signed` : `the ${reporter} by ${describeVia(via)}`;
}
