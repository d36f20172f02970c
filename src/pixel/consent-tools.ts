import type { PixelSettings } from '../event/pixel-settings.ts';
import type { BrowserTag } from './browser-tag.ts';
import type { ConsentStatement } from './commands.ts';
import { swallowErrors } from './swallow-errors.ts';
import { readUetConsent, toStatement, type UetTag } from './uet-consent.ts';

/** The globals of the shop's consent tools that are read. Any of them may be missing or of another type. */
interface Tools {
  readonly document?: Document;
  Shopify?: {
    loadFeatures?(features: readonly { name: string; version: string }[], done: () => void): void;
    customerPrivacy?: {
      marketingAllowed(): boolean;
      saleOfDataAllowed(): boolean;
      currentVisitorConsent?(): { readonly marketing?: string; readonly sale_of_data?: string };
    };
  };
  uetq?: UetTag | unknown[];
  google_tag_data?: { ics?: { entries?: GoogleStates } };
  dataLayer?: ArrayLike<unknown>;
  __tcfapi?(command: string, version: number, listener: (data: TcData, isDone: boolean) => void): void;
}

/** The states of Google Consent Mode, by the name of the use. */
type GoogleStates = Partial<Record<(typeof googleUses)[number], { default?: boolean; update?: boolean }>>;

const googleUses = ['ad_storage', 'ad_user_data', 'ad_personalization'] as const;

/** @source https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework (TCF v2.2, CMP API: TCData) */
interface TcData {
  /** The registered id of the consent platform, and its version. */
  readonly cmpId?: number;
  readonly cmpVersion?: number;
  readonly eventStatus: string;
  readonly gdprApplies?: boolean;
  readonly purpose?: { readonly consents?: Readonly<Record<number, boolean>> };
  readonly vendor?: { readonly consents?: Readonly<Record<number, boolean>> };
}

type ToolStatement = ConsentStatement | undefined;

/** Returns a tool's statement. Throws if the page's tool is not as documented. */
type ReadTool = (page: Tools & Window) => ToolStatement | '' | false | null;

/** Shopify has no choice of its own about single uses of data for ads. @source https://shopify.dev/docs/api/customer-privacy (2026-11) */
function readShopify({ Shopify }: Tools): ToolStatement {
  const privacy = Shopify?.customerPrivacy;
  const { marketing, sale_of_data: sale } = privacy?.currentVisitorConsent?.() ?? {};
  return privacy && toStatement('shopify', privacy.marketingAllowed() && privacy.saleOfDataAllowed(), !!(marketing || sale));
}

/**
 * Creates the reader of Google Consent Mode, which keeps its state for its own tags. Until they load, the commands that set the state are
 * in the data layer.
 * @source https://developers.google.com/tag-platform/security/guides/consent (2026-08) for the commands; the kept state is undocumented
 */
function createGoogleReader(): (tools: Tools) => ToolStatement {
  const pushed: GoogleStates = {};
  // Each look reads the whole layer, because Tag Manager removes its oldest entries. The latest entries of a use decide.
  const readEntry = swallowErrors((raw: unknown) => {
    // Tag Manager wraps what a template pushes.
    const { 0: command, 1: kind, 2: given } = Object(raw).getUntrustedUpdateValue?.() ?? Object(raw);
    // Google's tag resolves a state that applies only in some regions.
    const states = Object(command === 'consent' && given);
    if (!states.region && (kind === 'default' || kind === 'update'))
      for (const use of googleUses) if (states[use]) pushed[use] = { ...pushed[use], [kind]: states[use] === 'granted' };
  });
  return ({ google_tag_data, dataLayer }) => {
    Array.from(Object(dataLayer)).forEach(readEntry);
    const state = { ...pushed, ...google_tag_data?.ics?.entries };
    const [adStorage, adUserData, adPersonalization] = googleUses.map((use) => {
      const isGranted = state[use]?.update ?? state[use]?.default;
      return isGranted === undefined ? isGranted : isGranted ? 'granted' : 'denied';
    });
    const explicit = state.ad_storage?.update !== undefined;
    return adStorage && { source: 'gcm', explicit, adStorage, adUserData, adPersonalization };
  };
}

const lookEveryMs = 500;

/**
 * Reads the shop's consent tools, strongest first: Shopify's, the UET tag's, Google's, the TCF's. A choice of the shopper in any tool takes
 * precedence over a tool's default. Calls `heed` with the statement twice a second, because the tools have no common event for changes and
 * load at any time.
 * @param tags the drivers of the page. If none of them reads the page's consent, the default variable of the UET tag is read.
 * @param chosen the readers of the tools that the site's settings name. They are read first.
 */
export function watchConsentTools(
  heed: (statement: ConsentStatement) => void,
  { tcf }: PixelSettings,
  tags: readonly BrowserTag[],
  chosen: readonly ReadTool[] = [],
): void {
  const page: Tools & Window = window;
  let tcfStatement: ToolStatement;
  let isListening = false;
  let isAsked = false;
  const tagReaders = tags.flatMap(({ readConsent }) => readConsent ?? []);
  const uetReaders = tagReaders[0] ? tagReaders : [({ uetq }: Tools) => readUetConsent(uetq)];
  const all: readonly ReadTool[] = [...chosen, readShopify, ...uetReaders, createGoogleReader(), () => tcfStatement];
  const readers = all.map((read) => swallowErrors(read));

  const look = swallowErrors(() => {
    if (!isListening && page.__tcfapi) {
      isListening = true;
      page.__tcfapi('addEventListener', 2, ({ cmpId, cmpVersion, eventStatus, gdprApplies, purpose, vendor }, isDone) => {
        if (!isDone || gdprApplies === false || !/^(tcloaded|useractioncomplete)$/.test(eventStatus)) return;
        const allows = (purposes: readonly number[]) => purposes.every((each) => purpose?.consents?.[each]);
        const choose = (purposes: readonly number[]) => (allows(purposes) ? 'granted' : 'denied');
        const isGranted = tcf?.vendors.every((each) => vendor?.consents?.[each]) && allows(tcf.purposes);
        // @source https://developers.google.com/tag-platform/security/guides/implement-TCF-strings (2026-11): the purposes of both uses
        const uses = { adUserData: choose([1, 7]), adPersonalization: choose([3, 4]) } as const;
        tcfStatement = {
          ...toStatement('tcf', isGranted, true),
          ...uses,
          version: cmpVersion ? `${cmpId}.${cmpVersion}` : undefined,
        };
        look();
      });
    }
    if (!isAsked && page.Shopify?.loadFeatures && !page.Shopify.customerPrivacy) {
      isAsked = true;
      page.Shopify.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }], look);
    }
    const statements = readers.flatMap((read) => read(page) || []);
    const best = statements.find(({ explicit }) => explicit) ?? statements[0];
    if (best) heed(best);
  });

  look();
  document.addEventListener('visitorConsentCollected', look);
  setInterval(look, lookEveryMs);
}
