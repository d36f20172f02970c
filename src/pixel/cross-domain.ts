import type { PixelSettings } from '../event/pixel-settings.ts';
import type { PageFields } from './commands.ts';
import type { ConsentManager } from './consent.ts';

/** The commands that the part uses, replaces and adds. */
interface LinkCommands {
  page(fields?: PageFields, referrer?: string): unknown;
  identify(person: object): unknown;
  link?: (url: string) => Promise<string>;
}

/** A listed domain, with the token of the next link to it. */
interface Target {
  readonly domain: string;
  token?: string | undefined;
  /** The request for a token, until it is answered. */
  asked?: Promise<unknown> | undefined;
}

interface LinkSettings extends Pick<PixelSettings, 'writeKey'> {
  readonly links?: readonly Target[];
}

/** Half of a token's validity. */
const keptMs = 60_000;
/** The time after which a link is as before. The browser reads it right after the click. */
const restoreMs = 1_000;
const rightButton = 2;

/** The token with which the page was opened. It is taken out of the address before the pixel reads that. */
let arrival: string | undefined;
const address = location.href.replace(/&?_cvl=([\w.-]+)/, (_, token: string) => {
  arrival = token;
  return '';
});
if (arrival) history.replaceState(history.state, '', address.replace(/\?(#|$)/, '$1'));

const covers = (domain: string, { hostname }: { readonly hostname: string }) => `.${hostname}`.endsWith(`.${domain}`);

/**
 * Gives links to the site's other domains a token of the visitor at the click, and sends the token with which this page was opened. Nothing
 * waits for a token.
 */
export function linkDomains(
  commands: LinkCommands,
  { links: targets = [], writeKey }: LinkSettings,
  consent: ConsentManager,
  script: HTMLScriptElement,
): void {
  const { page } = commands;

  /** Returns the URL as an element, which reads any text, and the listed domain that a shopper who granted goes to. */
  const read = (href: string): readonly [HTMLAnchorElement, Target | undefined] => {
    const url = document.createElement('a');
    url.href = href;
    return [url, targets.find(({ domain }) => consent.state() === 'granted' && covers(domain, url) && !covers(domain, location))];
  };
  const prepare = (target: Target) =>
    !target.token &&
    // biome-ignore lint/suspicious/noAssignInExpressions: one request at a time
    (target.asked ??= fetch(new URL('e', script.src), {
      method: 'POST',
      body: JSON.stringify({ writeKey, linkTo: target.domain, consent: consent.statement() }),
      credentials: 'include',
    })
      .then((response) => response.json())
      .catch(() => ({})) // the link stays as it is
      .then(({ link }) => {
        target.asked = undefined;
        target.token = link;
        setTimeout(() => {
          target.token = undefined;
        }, keptMs);
      }));
  /** Adds the target's token to the URL, and returns it. Each is used once. */
  const addToken = (url: HTMLAnchorElement, target: Target, token = target.token) => {
    target.token = undefined;
    if (token) url.search += `&_cvl=${token}`;
    return token;
  };

  const handle = (event: Event & Partial<MouseEvent & FormDataEvent>) => {
    const node = event
      .composedPath()
      .find((each: EventTarget & Partial<Element>): each is Element & { readonly method?: string } =>
        Boolean(each.matches?.('a[href]:not([download]),form')),
      );
    if (!node) return;
    // A link has no method.
    const { method } = node;
    const name = method ? 'action' : 'href';
    const written = node.getAttribute(name) ?? '';
    const [url, target] = read(written);
    // A click follows the press that gave the link its token.
    if (!target || /_cvl/.test(written)) return;
    prepare(target);
    const due = method ? (method === 'get' ? /a/ : /b/) : /^c|d/;
    const token = event.button !== rightButton && due.test(event.type) && addToken(url, target);
    if (!token) return;
    // The browser replaces the query of a form that is sent by GET by the fields.
    event.formData?.set('_cvl', token);
    node.setAttribute(name, url.href);
    setTimeout(() => node.setAttribute(name, written), restoreMs);
  };
  for (const type of ['pointerover', 'focusin', 'pointerdown', 'click', 'submit', 'formdata']) addEventListener(type, handle);

  commands.link = async (href) => {
    const [url, target] = read(href);
    if (target) {
      await prepare(target);
      addToken(url, target);
    }
    return url.href;
  };

  // The signal precedes the first page view, whose visitor the response names. No later report has the token.
  commands.page = (...input) => {
    const toJSON = (_name: string, token = arrival) => {
      arrival = undefined;
      return token;
    };
    if (arrival) commands.identify({ link: { toJSON } });
    page(...input);
  };
}
