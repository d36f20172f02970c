import { z } from 'zod';
import { compareEvent } from '../kit/compare-event.ts';
import { defineSimulator } from '../kit/define-simulator.ts';
import { getText } from '../kit/fields.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { createTokenOption, tokenValues } from '../kit/token-option.ts';
import { metaDemo } from './demo.ts';
import { CallUsage } from './events-api/usage.ts';
import { createFaults } from './faults.ts';
import { createJournal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { formatValue } from './page/event-card.ts';
import { page } from './page/page.ts';
import { type MetaDeps, mountRoutes } from './routes.ts';
import { defaults, type Settings } from './settings.ts';

export type MetaSimulatorOptions = SimulatorOptions<Settings>;

const optionValues = z.object({ token: tokenValues, strict: z.boolean().default(false) });

/** A simulator of Meta's Conversions API and its browser tag. */
export const metaSimulator = defineSimulator({
  id: 'meta',
  name: 'Meta',
  description: "Simulate Meta's Conversions API and browser tag.",
  options: [
    createTokenOption({ account: 'dataset', pattern: /^\d{5,20}$/, example: '1234567890123456' }),
    { flags: '--strict', description: 'refuse events that break rules which Meta documents and was seen not to apply' },
  ],
  readOptions(values): MetaSimulatorOptions {
    const { token, strict } = optionValues.parse(values);
    return { tokens: token, overrides: { strict } };
  },
  platformPaths: /^\/(?:v\d+\.\d+\/|\d+\/events$|en_US\/fbevents\.js$|tr\/?$)/,
  createDeps(context: SimulatorContext, { overrides }): MetaDeps {
    const settings = { ...defaults, ...overrides };
    return { ...context, settings, journal: createJournal(settings), faults: createFaults(), usage: new CallUsage(settings) };
  },
  mount: mountRoutes,
  page,
  compare: (event: JournalEvent) =>
    compareEvent(event, {
      eventName: event.eventName ?? 'no name',
      isMerged: event.mergedBy !== null,
      formatValue,
      getOrderId: (report) => getText(report.event.custom_data, 'order_id'),
    }),
  demo: metaDemo,
  usage: (url) => [
    `Load ${url}/en_US/fbevents.js instead of Meta's tag to see browser and server reports merged.`,
    `Set a connection's \`endpoint\` to ${url} and \`allowPrivateDestinations\` to true.`,
  ],
});

export const startMetaSimulator = metaSimulator.start;

export type MetaSimulator = Awaited<ReturnType<typeof startMetaSimulator>>;
