import type {
  Command,
  CommandInputs,
  CommandResults,
  ConsentStatement,
  EventName,
  PageFields,
  Person,
  TrackFields,
} from '../pixel/commands.ts';

export type {
  CommerceFields,
  ConsentStatement,
  EventName,
  Item,
  PageFields,
  Person,
  TrackFields,
} from '../pixel/commands.ts';
export type { Convey } from '../pixel/convey-global.ts';

export interface LoadOptions {
  /** The URL of the pixel's script, such as `https://data.shop.example/p.js`. */
  readonly src: string;
  /** The site's write key, which is public. */
  readonly key: string;
  /** The nonce of the page's content security policy. */
  readonly nonce?: string | undefined;
  /** The shopper's choice, if it is known before the pixel loads: the first page view then has it. */
  readonly consent?: ConsentStatement | undefined;
}

/** The calls that wait for the pixel. */
const q: unknown[] = [];

/** Calls the pixel, or queues the call until it has loaded. Does nothing on a server. */
function call<C extends Command>(command: C, ...input: CommandInputs[C]): CommandResults[C] | undefined {
  if (typeof window === 'undefined') return undefined;
  window.convey ??= Object.assign((...queued: unknown[]) => void q.push(queued), { q });
  return window.convey?.(command, ...input);
}

let isLoaded = false;

/** Loads the site's pixel, once per page. Calls of other functions before it wait. Does nothing on a server. */
export function load({ src, key, nonce, consent }: LoadOptions): void {
  if (typeof window === 'undefined' || isLoaded || window.convey?.isLive) return;
  isLoaded = true;
  if (consent) call('consent', consent);
  // A script that is made by a script is asynchronous.
  const script = document.createElement('script');
  script.nonce = nonce ?? '';
  const url = `${src}?k=${key}`;
  try {
    // A page that requires Trusted Types allows the policy by its name. It makes this one URL.
    const policy = Object(window).trustedTypes?.createPolicy('convey', { createScriptURL: () => url });
    script.src = policy?.createScriptURL(url) ?? url;
    document.head.append(script);
  } catch {} // the browser reports the policy that refused the script
}

/** Reports a page view, in addition to the automatic ones. Before `load` it replaces the first. */
export const page = (fields?: PageFields): void => call('page', fields);

/** Reports an event. Returns its id, or undefined while the pixel is not loaded. */
export const track = (name: EventName, fields?: TrackFields | null): string | undefined => call('track', name, fields);

/** Sets the shopper of later events on this page. */
export const identify = (person: Person): void => call('identify', person);

/** Sets the shopper's choice. */
export const consent = (statement: ConsentStatement): void => call('consent', statement);

/** Forgets the person: later events are another visitor's. */
export const reset = (): void => call('reset');

/** Resolves when the pixel has loaded: never on a server, or if a blocker stops the pixel. */
export const ready = (): Promise<void> => new Promise((resolve) => call('ready', resolve));

/**
 * Resolves with the URL and a token of the visitor, if it leads to another domain of the shop; with the URL alone without a grant, or after a
 * second.
 */
export const link = (url: string): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1_000, url);
    call('ready', () => call('link', url)?.then(resolve));
  });
