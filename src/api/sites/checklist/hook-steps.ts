import type { Hook } from '../../../event/hook.ts';
import type { UnixMs } from '../../../event/units.ts';
import type { Via } from '../../../event/via.ts';
import { explainUnsignedHooks, hookSourceTexts } from '../../../hooks/sources.ts';
import type { ObservedEvents, Step } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the steps of hooks: whether each one had a request, and whether requests are signed. */
export function hookSteps({ site, hookRequests }: Pick<ObservedEvents, 'site' | 'hookRequests'>): readonly StepView[] {
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
            ...checkRequests(hooks, hookRequests ?? new Map()),
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

function checkRequests(hooks: readonly Hook[], requests: ReadonlyMap<string, UnixMs>): Step {
  const silent = hooks.filter(({ id }) => !requests.has(id)).map(({ id }) => id);
  if (silent.length === 0) {
    const at = Math.max(...hooks.map(({ id }) => requests.get(id) ?? 0));
    return { state: 'done', says: 'Each hook of the site had a request with a valid proof.', at };
  }
  return {
    state: 'waiting',
    says: `No request with a valid proof yet at the ${silent.length === 1 ? 'hook' : 'hooks'} ${silent.join(', ')}. Enter URL and secret at the service, and let it send one.`,
  };
}

/** Returns whether a report came by a hook. All hooks of Stripe have the same ways in, and so have those of Recharge. */
export function isByHook(via: Via | undefined, { id, source }: Pick<Hook, 'id' | 'source'>): boolean {
  if (via === undefined) return false;
  return via === `hook:${id}` || via === source || (source === 'stripe' && via.startsWith('stripe-'));
}
