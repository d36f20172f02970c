import type { Hook, HookSource } from '../../event/hook.ts';
import { hookSources } from '../../event/hook.ts';
import type { HookEventMapping } from '../../event/hook-mapping.ts';
import type { Issue } from '../../event/issue.ts';
import type { Site } from '../../event/site.ts';
import type { StripeSettings } from '../../event/stripe-settings.ts';
import type { UnixMs } from '../../event/units.ts';
import { hookFields, hookItemFieldNames } from '../../hooks/fields.ts';
import { listBodyPlaces } from '../../hooks/list-places.ts';
import { hookMappingSchema } from '../../hooks/mapping-schema.ts';
import { describeProof, findHookPreset, hookSourceTexts, isSignedHook } from '../../hooks/sources.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import type { SiteEntry } from '../../sites/merge-sites.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { applyChange } from '../http/apply-change.ts';
import type { RouteHandlers } from '../http/handler.ts';
import type { CollectorUrlResolver } from '../sites/collector-url.ts';
import type { hookRoutes } from './routes.ts';
import type { HookPreviewView, HooksView, HookView } from './schemas.ts';

/** The event that a request makes, or why it makes none. */
export interface PreviewedRequest {
  readonly state: 'accepted' | 'ignored' | 'rejected';
  readonly entry?: number;
  readonly fields: readonly { readonly field: string; readonly value: string; readonly isPersonal: boolean }[];
  readonly issues: readonly Issue[];
}

export interface HookDeps {
  readonly registry: SiteRegistry;
  readonly getCollectorUrl: CollectorUrlResolver;
  /** Returns what this process knows about the last requests of a hook. */
  readonly getHookState: (site: string, hook: string) => Pick<HookView, 'lastRequest' | 'lastRefusedAt'>;
  /** Keeps the bodies of a hook for a while, and returns the last one. */
  readonly watchHook: (site: string, hook: string) => { readonly text: string; readonly at: UnixMs } | undefined;
  /** Accepts a request without storing it. */
  readonly previewRequest: (site: Site, hook: Hook, body: Readonly<Record<string, unknown>>) => PreviewedRequest;
}

/** Creates the handlers of hooks. */
export function createHookHandlers(deps: HookDeps): RouteHandlers<typeof hookRoutes> {
  const { registry } = deps;
  const view = (entry: SiteEntry) => toHooksView(entry, deps);
  return {
    'GET /api/sites/:site/hooks': async ({ site }) => {
      const entry = registry.entry(site);
      return entry ? view(entry) : new ApiErrorResult('no-such-site');
    },

    'PUT /api/sites/:site/hooks/:hook': ({ site, hook }, { revision, secret, ...changed }) =>
      applyChange(registry.hooks.put(site, hook, { revision, secret, hook: changed }), view),

    'DELETE /api/sites/:site/hooks/:hook': ({ site, hook }) => applyChange(registry.hooks.remove(site, hook), view),

    'DELETE /api/sites/:site/hooks/:hook/secrets/:secret': ({ site, hook, secret }) =>
      applyChange(registry.hooks.removeSecret(site, hook, secret), view),

    'POST /api/sites/:site/hooks/:hook/preview': async ({ site: id, hook: hookId }, { events: draft, body }) => {
      const entry = registry.entry(id);
      if (!entry) return new ApiErrorResult('no-such-site');
      const { site } = entry;
      const stored = site.hooks?.find((one) => one.id === hookId);
      const received = stored && deps.watchHook(id, hookId);
      const given = body ?? (received && parseText(received.text));
      const receivedAt = body === undefined && received ? { receivedAt: received.at } : {};
      const nothing = { fields: [], issues: [], places: [], ...receivedAt };
      if (given === undefined) return { ...nothing, state: 'waiting' };
      if (!isObject(given)) return { ...nothing, state: 'unreadable' };
      const places = listBodyPlaces(given);
      const read = draft === undefined ? undefined : hookMappingSchema.safeParse(draft);
      if (read?.success === false) return { ...nothing, state: 'rejected', places, issues: toIssues(read.error.issues) };
      const events = read?.data ?? (stored && getEvents(stored));
      if (!events) return new ApiErrorResult('no-such-hook');
      const hook = { ...(stored ?? { id: hookId, source: 'custom', secrets: [] }), events } satisfies Hook;
      return { ...toPreview(deps.previewRequest(site, hook, given)), ...receivedAt, places };
    },
  };
}

function toPreview({ state, entry, fields, issues }: PreviewedRequest): Omit<HookPreviewView, 'places'> {
  return { state, ...(entry !== undefined && { entry }), fields, issues };
}

function parseText(text: string): unknown {
  const parsed = parseJson(Buffer.from(text));
  return 'value' in parsed ? parsed.value : null;
}

function toIssues(problems: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): readonly Issue[] {
  return problems.map(({ path, message }) => ({
    field: path.reduce<string>(
      (before, key) => (typeof key === 'number' ? `${before}[${key}]` : `${before}.${String(key)}`),
      'events',
    ),
    code: 'parameter-invalid',
    message,
  }));
}

function getEvents({ source, events }: Hook): readonly HookEventMapping[] | undefined {
  return events ?? findHookPreset(source)?.events;
}

function toHooksView({ site, origin, revision, stored, lostSecrets }: SiteEntry, deps: HookDeps): HooksView {
  const { url: collector, isGuess } = deps.getCollectorUrl(site);
  const toView = (hook: Hook): HookView => {
    const { id, source, secrets } = hook;
    const preset = findHookPreset(source);
    const [signature, events] = [hook.signature ?? preset?.signature, getEvents(hook)];
    const own = (stored?.hookSecrets ?? []).filter((one) => one.hook === id);
    return {
      id,
      source,
      title: hookSourceTexts[source].title,
      origin,
      url: `${collector}/hooks/${source}/${site.id}/${id}`,
      isGuess,
      ...(signature && { signature: { ...signature } }),
      proof: describeProof(hook),
      isSigned: isSignedHook(hook),
      ...(events && { events: events.map((one) => ({ ...one })) }),
      ...(hook.stripe && { stripe: toTexts(hook.stripe) }),
      isOwnMapping: hook.events !== undefined,
      secrets:
        origin === 'file'
          ? secrets.map((_, index) => ({ id: `file-${index + 1}` }))
          : own.map((secret) => ({
              id: secret.id,
              createdAt: secret.createdAt,
              ...(lostSecrets.includes(secret.id) && { problem: secretLost }),
            })),
      ...deps.getHookState(site.id, id),
    };
  };
  return {
    revision,
    hooks: (site.hooks ?? []).map(toView),
    sources: hookSources.map(toSourceView),
    fields: hookFields.map((field) => ({ ...field })),
    itemFields: hookItemFieldNames,
  };
}

function toTexts(settings: StripeSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const secretLost =
  'The encryption key of this secret is missing, or the secret is damaged. Restore the key and restart Convey, or delete the secret and add it again.';

function toSourceView(id: HookSource): HooksView['sources'][number] {
  const preset = findHookPreset(id);
  const { title, summary, secretHint, guide } = hookSourceTexts[id];
  return {
    ...{ id, title, summary, secretHint },
    ...(guide !== undefined && { guide }),
    hasMapping: id === 'custom' || preset !== undefined,
    ...(preset && { signature: { ...preset.signature }, events: preset.events.map((one) => ({ ...one })) }),
  };
}
