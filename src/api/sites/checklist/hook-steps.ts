import type { Hook } from '../../../event/hook.ts';
import type { UnixMs } from '../../../event/units.ts';
import type { Via } from '../../../event/via.ts';
import { explainUnsignedHooks, hookSourceTexts } from '../../../hooks/sources.ts';
import type { ObservedEvents, Step } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the steps of hooks: whether each one had a request, and whether requests are signed. */
export function hookSteps({
  site,
  hookRequests,
  refusedHooks = [],
}: Pick<ObservedEvents, 'site' | 'hookRequests' | 'refusedHooks'>): readonly StepView[] {
  const { hooks = [] } = site;
  const says = explainUnsignedHooks(site);
  const [first] = hooks;
  return [
    ...(first
      ? [
          {
            id: 'hooks-seen',
            group: 'server' as const,
            title: 'Requests to hooks',
            guide: `guides/${(hooks.length === 1 && hookSourceTexts[first.source].guide) || 'signed-hooks'}`,
            ...checkRequests(hooks, hookRequests ?? new Map(), refusedHooks),
          },
        ]
      : []),
    ...(says === undefined
      ? []
      : [
          {
            id: 'hooks-signed',
            group: 'server' as const,
            title: 'Signed hooks',
            guide: 'guides/signed-hooks',
            state: 'problem' as const,
            says: `${says}.`,
          },
        ]),
  ];
}

/** A refusal is a problem only of a hook that had no valid request: anyone can send an invalid one. */
function checkRequests(hooks: readonly Hook[], requests: ReadonlyMap<string, UnixMs>, refused: readonly string[]): Step {
  const silent = hooks.filter(({ id }) => !requests.has(id)).map(({ id }) => id);
  if (silent.length === 0) {
    const at = Math.max(...hooks.map(({ id }) => requests.get(id) ?? 0));
    return { state: 'done', says: 'Each hook of the site had a request with a valid proof.', at };
  }
  const refusedAlone = silent.filter((id) => refused.includes(id));
  if (refusedAlone.length > 0)
    return {
      state: 'problem',
      says: `Each request to the ${nameHooks(refusedAlone)} was refused, because its signature or secret is missing or wrong. Compare the secret with that of the service.`,
    };
  return {
    state: 'waiting',
    says: `No request with a valid proof yet at the ${nameHooks(silent)}. Enter URL and secret at the service, and let it send one.`,
  };
}

function nameHooks(ids: readonly string[]): string {
  return `${ids.length === 1 ? 'hook' : 'hooks'} ${ids.join(', ')}`;
}

/** Returns whether a report came by a hook. All hooks of Stripe have the same ways in, and so have those of Recharge. */
export function isByHook(via: Via | undefined, { id, source }: Pick<Hook, 'id' | 'source'>): boolean {
  if (via === undefined) return false;
  return via === `hook:${id}` || via === source || (source === 'stripe' && via.startsWith('stripe-'));
}
