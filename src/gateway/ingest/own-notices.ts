import { domainSchema } from '../../config/domain.ts';
import type { UnixMs } from '../../event/units.ts';
import { RefusedOrigins } from '../../ingest/browser/refused-origins.ts';
import { createUnsignedWebhookLog } from '../../ingest/webhooks/unsigned-webhooks.ts';
import { type CollectorNotice, type SiteNotices, toSiteNotices } from '../../storage/ports/collector-notices.ts';
import { type SharedNoticesDeps, startSharedNotices } from '../cluster/collector-notices.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { GatewayStorage } from '../open-gateway-storage.ts';
import type { CollectorReports } from './collector-reports.ts';
import { HookRequests, type HookState } from './hook-requests.ts';

interface OwnNotices {
  /** The reports of the collector from which the notices are made. */
  readonly reports: Pick<
    CollectorReports,
    'onRefusedOrigin' | 'onPixelLoad' | 'onPublicKeyOnServer' | 'onUnsigned' | 'onMismatch' | 'onHook'
  >;
  /** Lists the notices of this process about a site. */
  readonly list: (site: string) => readonly CollectorNotice[];
  readonly hooks: OwnHooks;
}

/** What this process knows of the requests of hooks. */
export interface OwnHooks {
  readonly getHookState: (site: string, hook: string) => HookState;
  readonly watchHook: HookRequests['watch'];
}

/** Creates the notices of this process, which are in memory only. */
export function createOwnNotices({
  clock,
  now,
  logger,
  onShutdown,
}: Pick<GatewayContext, 'clock' | 'now' | 'logger' | 'onShutdown'>): OwnNotices {
  const unsignedWebhooks = createUnsignedWebhookLog(now, logger);
  const refusedOrigins = new RefusedOrigins({ now, logger, isDomain: (host) => domainSchema.safeParse(host).success });
  const pixelLoads = new Map<string, UnixMs>();
  const publicKeys = new Map<string, { readonly requests: number; readonly lastAt: UnixMs }>();
  const hookRequests = new HookRequests(now, clock);
  onShutdown(() => hookRequests.close());
  return {
    reports: {
      onRefusedOrigin: (site, origin) => refusedOrigins.note(site, origin),
      onPixelLoad: (site) => pixelLoads.set(site, now()),
      onPublicKeyOnServer: (site, messages) => {
        const before = publicKeys.get(site)?.requests ?? 0;
        publicKeys.set(site, { requests: before + messages, lastAt: now() });
      },
      onUnsigned: unsignedWebhooks.refused,
      onMismatch: unsignedWebhooks.mismatch,
      onHook: (site, hook, report) => hookRequests.note(site, hook, report),
    },
    hooks: {
      getHookState(site, hook) {
        const lastRequest = hookRequests.getLast(site, hook);
        const lastRefusedAt = unsignedWebhooks.refusedAt(site, hook);
        return { ...(lastRequest && { lastRequest }), ...(lastRefusedAt !== undefined && { lastRefusedAt }) };
      },
      watchHook: (site, hook) => hookRequests.watch(site, hook),
    },
    list: (site) => {
      const toNotice = (kind: CollectorNotice['kind'], lastAt: UnixMs | undefined) =>
        lastAt === undefined ? [] : [{ site, kind, domain: '', requests: 1, lastAt }];
      const publicKey = publicKeys.get(site);
      return [
        ...(publicKey ? [{ ...publicKey, site, kind: 'public-key-on-server', domain: '' } as const] : []),
        ...toNotice('webhook-refused', unsignedWebhooks.refusedAt(site)),
        ...toNotice('pixel-loaded', pixelLoads.get(site)),
        ...refusedOrigins.list(site).map((one) => ({ ...one, site, kind: 'domain-refused' }) as const),
      ];
    },
  };
}

/** Returns the reader of the notices about a site. If several processes share the store, stores those of this one for the others. */
export function startNoticeReader(
  { clock, logger, onShutdown }: GatewayContext,
  { shared, leaseOwner }: Pick<GatewayStorage, 'shared' | 'leaseOwner'>,
  { listOwn, sites }: Pick<SharedNoticesDeps, 'listOwn' | 'sites'>,
): (site: string) => Promise<SiteNotices> {
  if (!shared) return async (site) => toSiteNotices(listOwn(site));
  const notices = startSharedNotices({ store: shared.notices, node: leaseOwner, listOwn, sites, clock, logger });
  onShutdown(() => notices.stop());
  return notices.read;
}
