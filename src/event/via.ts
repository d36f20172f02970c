/**
 * Ways in beside those that each source has of its own: the pixel of a browser, `POST /v1/events` of a server, and the webhooks of a shop
 * system. Two ways in may report one event under the same id and source, so a way in is a part of the event's key.
 */
export const viaTexts = {
  segment: 'a Segment SDK',
  stripe: 'Stripe',
  'stripe-invoice': 'an invoice of Stripe',
  'stripe-subscription': 'a subscription of Stripe',
  recharge: 'Recharge',
  import: 'an import',
} as const;

const hookPrefix = 'hook:';

/** A way in. A hook with a mapping is one of its own, by its id. */
export type Via = keyof typeof viaTexts | `hook:${string}`;

/** The ways in that are no hook with a mapping. */
export const viaNames = [
  ...(['segment', 'stripe', 'stripe-invoice', 'stripe-subscription', 'recharge', 'import'] as const),
] as const satisfies readonly (keyof typeof viaTexts)[];

export function isHookVia(via: Via | undefined): boolean {
  return via?.startsWith(hookPrefix) ?? false;
}

export function isVia(text: string): text is Via {
  return Object.hasOwn(viaTexts, text) || /^hook:[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

/** The title of each hook's service, by the id of the hook: `HubSpot`. A hook without one is named by its id alone. */
export type HookTitles = Readonly<Record<string, string>>;

/** Returns the name of a way in, for a sentence. */
function describeVia(via: Via, titles: HookTitles): string {
  const texts: Readonly<Record<string, string>> = viaTexts;
  const known = Object.hasOwn(texts, via) ? texts[via] : undefined;
  if (known !== undefined) return known;
  const hook = via.slice(hookPrefix.length);
  return Object.hasOwn(titles, hook) ? `the ${titles[hook]} hook ${hook}` : `the hook ${hook}`;
}

/** Returns who reported an event, for a sentence such as "Received from the HubSpot hook forms". */
export function describeReporter(
  { reporter, via }: { readonly reporter: string; readonly via?: Via | undefined },
  titles: HookTitles = {},
): string {
  if (via === undefined) return `the ${reporter}`;
  const name = describeVia(via, titles);
  if (reporter === 'webhook' || via === 'import') return name;
  return reporter === 'browser' && isHookVia(via) ? `${name}, not signed` : `the ${reporter} by ${name}`;
}
