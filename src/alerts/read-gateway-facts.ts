import type { UnixMs } from '../event/units.ts';
import type { AlertNode, GatewayFacts } from '../issues/facts/facts.ts';
import type { AlertStore } from '../storage/ports/alerts.ts';
import type { AlertSettings } from './alert-settings.ts';
import { findFailingChannels } from './outbox.ts';

export interface GatewayFactDeps {
  readonly settings: Pick<AlertSettings, 'current' | 'changedAt'>;
  readonly store: Pick<AlertStore, 'readAlertAttempts'>;
  /** This process, if several share the store. */
  readonly node?: AlertNode;
  /** Returns the state of the disk, and whether events are accepted. */
  readonly readDisk: () => Promise<Pick<GatewayFacts, 'freeBytes' | 'refuses' | 'isDiskFull' | 'problem'>>;
  /** Returns since when no gateway with the role `deliver` runs. Absent if this is the only gateway. */
  readonly getUndeliveredSince?: (() => UnixMs | undefined) | undefined;
}

/** Creates a reader of the facts of the gateway itself. */
export function createGatewayFactReader(deps: GatewayFactDeps): () => Promise<GatewayFacts> {
  const { settings, store, node, readDisk, getUndeliveredSince } = deps;
  return async () => {
    const attempts = await store.readAlertAttempts();
    const versions = settings.current().channels.map(({ id }) => ({ id, changedAt: settings.changedAt(id) }));
    const failing = findFailingChannels(attempts, versions);
    const undeliveredSince = getUndeliveredSince?.();
    return {
      ...(await readDisk()),
      ...(node && { node }),
      ...(undeliveredSince !== undefined && { undeliveredSince }),
      channels: failing,
      workingChannels: versions
        .filter(
          ({ id, changedAt }) => (attempts.sentAt.get(id) ?? 0) > changedAt && !failing.some(({ channel }) => channel === id),
        )
        .map(({ id }) => id),
    };
  };
}
