import { z } from 'zod';
import { type Fields, isFields } from '../kit/fields.ts';
import type { Simulator } from '../kit/simulator.ts';
import { webhookDemo } from './demo.ts';
import type { JournalMessage } from './journal.ts';
import { formatValue } from './page/page.ts';
import { defaultSecret } from './settings.ts';
import { createWebhookSimulator } from './simulator.ts';

const secretPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const optionValues = z.object({ secret: z.array(z.string()).optional() });

/** The simulator as the command line starts it. */
export const webhookSimulator: Simulator = {
  id: 'webhook',
  name: 'Webhook',
  description: 'Simulate a receiver of signed webhooks.',
  options: [
    {
      flags: '--secret <secret>',
      description: `a secret that it verifies; repeatable for a rotation (default: ${defaultSecret})`,
      parse: {
        read: (text, before) => (secretPattern.test(text) ? [...(Array.isArray(before) ? before : []), text] : undefined),
        message: 'A --secret is not whsec_ and base64',
        remedy: 'Create one with: echo "whsec_$(openssl rand -base64 32)"',
      },
    },
  ],
  platformPaths: /^\/receive$/,
  create(values, now = Date.now, limits) {
    const { secret } = optionValues.parse(values);
    const { app, journal, close } = createWebhookSimulator({ now, overrides: { ...limits, ...(secret && { secrets: secret }) } });
    return {
      app,
      getRevision: () => String(journal.revision),
      listEvents: () => journal.events().map(toComparedEvent),
      clear: () => journal.clear(),
      close,
    };
  },
  demo: webhookDemo,
  usage: (url) => [
    `Set a connection's \`url\` to ${url}/receive, its \`secrets\` to ["${defaultSecret}"] unless you gave another,`,
    'and `allowPrivateDestinations` to true.',
  ],
};

function toComparedEvent({ type, eventId, at, reports, why }: JournalMessage) {
  return {
    eventId,
    eventName: type.replace(/^event\./, ''),
    at,
    label: 'received',
    tone: 'good',
    isMerged: false,
    value: formatValue(reports[0]?.event.data),
    why,
    server: reports.map(({ event, warnings }) => ({ event: summarize(event), warnings: warnings.length })),
  } as const;
}

/** Returns the parts of a message that platforms receive too. */
function summarize({ type, data }: Fields): Fields {
  const { id, time, source, identity, commerce } = isFields(data) ? data : {};
  const { forms, externalId, anonymousId } = isFields(identity) ? identity : {};
  const { emailPlain: email, phoneDigits: phone } = isFields(forms) ? forms : {};
  // The collector corrects a browser's clock by some milliseconds.
  const at = Math.floor(Number(time) / 1_000);
  const parts = { type, id, at, source, email, phone, externalId, anonymousId, commerce };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
