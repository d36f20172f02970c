import { z } from 'zod';
import { hourMs } from '../../event/units.ts';
import {
  type Check,
  type CheckTexts,
  checkClickId,
  checkEvent,
  checkSharedId,
  checkShowDelay,
  checkStrongKey,
  type DeliveryHistory,
} from '../kit/why-not.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'TikTok',
  troubleshooting: 'tiktok-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    'unsupported-event': 'page-views-are-missing',
    'browser-tag-sent-it': 'page-views-are-missing',
    filtered: 'skipped-events',
  },
  connectionSections: [
    { pattern: /\(4010[45]\)/, hash: 'the-token-is-refused' },
    { pattern: /\(40001\)/, hash: 'the-token-may-not-send' },
    { pattern: /\(4000[27]\)/, hash: 'the-pixel-is-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (code === 'refused-without-code' ? 'other-answers' : undefined),
};

/** Checks why an event is not in Events Manager, or not in the ad reports, in the order in which it should be looked for. */
export function whyNot(history: DeliveryHistory, settings: Pick<Settings, 'pixelCode' | 'testEventCode'>): readonly Check[] {
  return checkEvent(history, texts, (payload) => checkCounting(history, settings, readPayload(payload)));
}

function checkCounting(
  history: DeliveryHistory,
  settings: Pick<Settings, 'pixelCode' | 'testEventCode'>,
  payload: SentPayload,
): readonly Check[] {
  return [
    ...checkTest(settings),
    // TikTok documents no time after which it shows an event. One hour is an assumption.
    checkShowDelay(history, {
      title: 'An hour has passed',
      delayMs: hourMs,
      passed: 'The event was sent more than an hour ago.',
      waiting: 'Events Manager shows an event some time after TikTok received it.',
      guide: notShown,
    }),
    {
      title: 'You look at the pixel that receives the event',
      answer: 'unseen',
      message: `The event was sent to the pixel ${settings.pixelCode}. Select this pixel in Events Manager, and the day of the event.`,
      guide: notShown,
    },
    checkDeduplication(payload),
    checkIdentifier(payload),
    checkClickId(history, {
      key: 'ttclid',
      owner: "TikTok's",
      isSent: payload.user && payload.user.ttclid !== undefined,
      guide: noConversion,
    }),
    ...checkLimitedDataUse(payload),
    {
      title: "The event is within the ad group's attribution window",
      answer: 'unseen',
      message:
        'Ad reports count an event only within the attribution window of the ad group. Events Manager also shows events without an ad.',
      guide: noConversion,
    },
  ];
}

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-events-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** TikTok does not document whether an event with a test code counts. That it does not is an assumption. */
function checkTest({ testEventCode }: Pick<Settings, 'testEventCode'>): readonly Check[] {
  if (testEventCode === undefined) return [];
  return [
    {
      title: 'The connection sends no test events',
      answer: 'no',
      message: `Events are sent with the test code ${testEventCode}, and may not count. Remove \`testEventCode\` after testing.`,
      guide: notShown,
    },
  ];
}

function checkDeduplication({ event: name, event_id: id }: SentPayload): Check {
  return checkSharedId({
    name,
    id,
    explain: (name, id) =>
      `TikTok counts one event if its pixel reports “${name}” with the \`event_id\` “${id}” within 48 hours. It keeps the first report, and adds the data of a second one within 5 minutes.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  });
}

function checkIdentifier({ user: fields }: SentPayload): Check {
  return checkStrongKey({
    fields,
    strong: ['ttclid', 'email', 'phone', 'ttp', 'external_id'],
    advice:
      'The event was sent with an IP address and a user agent only, which seldom lead to an account. Send an e-mail or the cookie `_ttp`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  });
}

function checkLimitedDataUse({ limited_data_use: isLimited }: SentPayload): readonly Check[] {
  if (isLimited !== true) return [];
  return [
    {
      title: 'Limited Data Use does not apply to the shopper',
      answer: 'unseen',
      message:
        'The event was sent with Limited Data Use. TikTok limits its use if the IP address is in one of the US states with such a law.',
      guide: noConversion,
    },
  ];
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    event: z.string().exactOptional(),
    event_id: z.string().exactOptional(),
    user: z.record(z.string(), z.unknown()).exactOptional(),
    limited_data_use: z.boolean().exactOptional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: unknown): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
