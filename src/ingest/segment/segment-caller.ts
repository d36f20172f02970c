import type { SegmentKeyKind } from '../../event/segment-settings.ts';
import { getObject, getText, type Json } from '../../hooks/json-fields.ts';
import { isObject } from '../../net/parse-json.ts';
import type { SubmissionContext } from '../accept/accept.ts';
import type { ClientInfo, HeaderReader } from '../http/client-info.ts';

/**
 * The libraries that run in a page, and those that run on a server, as they name themselves in `context.library`.
 * @source recorded requests and sources of the SDKs (2026-11)
 */
const browserLibraries: ReadonlySet<string> = new Set(['analytics.js', 'RudderLabs JavaScript SDK', 'jitsu-js']);
const serverLibrary =
  /^(?:@segment\/analytics-node|@rudderstack\/rudder-sdk-node|analytics-(?:node|python|ruby|php|go|java|\.net)|analytics\.NET)$/i;

function isOfPage(library: Json): boolean {
  return browserLibraries.has(getText(library, 'name') ?? '') || getText(library, 'env') === 'browser';
}

/** Jitsu's has one name, and says where it runs. */
function isOfServer(library: Json): boolean {
  return serverLibrary.test(getText(library, 'name') ?? '') || getText(library, 'env') === 'node';
}

/** The trust in a request, and whether its address and agent are the shopper's. */
export interface JudgedCaller {
  readonly reporter: SegmentKeyKind;
  /** The shopper's own browser sent the request, so its address, agent and country are the shopper's. */
  readonly isShopper: boolean;
  /** A page sent the request, so it has the keys. One that is secret no longer is. */
  readonly isPage: boolean;
  /** The library of a server sent the request. */
  readonly isServer: boolean;
}

/**
 * Judges who sent a request. The key gives the trust, and a header can only lower it: a secret key in a page is no secret. A request with a
 * public key but without a page's origin is a server's, so its address and agent are not the shopper's. `Sec-Fetch-Mode` says nothing: Node's
 * `fetch` sends it, too.
 */
export function judgeCaller(kind: SegmentKeyKind, header: HeaderReader, messages: readonly unknown[]): JudgedCaller {
  const libraries = messages.flatMap((message) =>
    isObject(message) ? [getObject(getObject(message, 'context'), 'library')] : [],
  );
  const hasOrigin = header('origin') !== undefined;
  const isPage =
    hasOrigin || ['sec-fetch-site', 'sec-fetch-dest'].some((name) => header(name) !== undefined) || libraries.some(isOfPage);
  if (kind === 'server' && !isPage) return { reporter: 'server', isShopper: false, isPage, isServer: true };
  const isServer = libraries.some(isOfServer);
  return { reporter: 'browser', isShopper: hasOrigin && !isServer, isPage, isServer: isServer && !isPage };
}

/** What a request shows of the shopper. Empty if another machine than the shopper's sent it. */
export type Shopper = Pick<SubmissionContext, 'ip' | 'userAgent' | 'country' | 'gpc'>;

export function toShopper({ ip, userAgent, country, gpc }: ClientInfo, { reporter, isShopper }: JudgedCaller): Shopper {
  return {
    gpc: reporter === 'browser' && gpc,
    ...(isShopper && {
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent }),
      ...(country !== undefined && { country }),
    }),
  };
}
