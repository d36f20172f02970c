import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
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
  payloadGone,
} from '../kit/why-not.ts';
import { findErrorSection } from './errors.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Meta',
  troubleshooting: 'meta-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    filtered: 'skipped-events',
    'browser-tag-sent-it': 'page-views-are-missing',
    bot: 'skipped-events',
    duplicate: 'skipped-events',
  },
  connectionSections: [
    { pattern: /\(190\)/, hash: 'the-token-is-refused' },
    { pattern: /\(100\/33\)|may not send events/, hash: 'the-dataset-is-refused' },
    { pattern: /\(104\)/, hash: 'error-104' },
    { pattern: /\(2635\)/, hash: 'error-2635' },
    { pattern: /\(368\)/, hash: 'error-368' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: findErrorSection,
};

/** Checks why an event is not in Events Manager, or not in the ad reports, in the order in which it should be looked for. */
export function whyNot(history: DeliveryHistory, settings: Pick<Settings, 'datasetId' | 'testEventCode'>): readonly Check[] {
  return checkEvent(history, texts, (payload) => checkCounting(history, settings, readPayload(payload)));
}

function checkCounting(
  history: DeliveryHistory,
  settings: Pick<Settings, 'datasetId' | 'testEventCode'>,
  payload: SentPayload,
): readonly Check[] {
  return [
    // Meta documents no time after which it shows an event. One hour is an assumption.
    checkShowDelay(history, {
      title: 'An hour has passed',
      delayMs: hourMs,
      passed: 'The event was sent more than an hour ago.',
      waiting: 'Events Manager shows an event some time after Meta accepted it.',
      guide: notShown,
    }),
    {
      title: 'You look at the dataset that receives the event',
      answer: 'unseen',
      message: `The event was sent to the dataset ${settings.datasetId}. Select this dataset in Events Manager, and the day of the event.`,
      guide: notShown,
    },
    ...checkTest(settings),
    checkDomain(payload),
    checkDeduplication(payload),
    checkIdentifier(payload),
    checkClickId(history, {
      key: 'fbc',
      owner: "Meta's",
      isSent: payload.user_data && payload.user_data.fbc !== undefined,
      guide: noConversion,
    }),
    ...checkDataProcessing(payload),
    {
      title: "The event is within the ad set's attribution window",
      answer: 'unseen',
      message:
        'Ad reports count an event only within the attribution setting of the ad set. Events Manager also shows events without an ad.',
      guide: noConversion,
    },
  ];
}

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-events-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** A test code changes only the place in which the event is also shown. */
function checkTest({ testEventCode }: Pick<Settings, 'testEventCode'>): readonly Check[] {
  if (testEventCode === undefined) return [];
  return [
    {
      title: 'The test code is the one of the open tab',
      answer: 'unseen',
      message: `The events are sent with the test code ${testEventCode}, and count as well. Test events shows them only while its code is this one.`,
      guide: notShown,
    },
  ];
}

function checkDomain({ event_source_url: url, event_id: id }: SentPayload): Check {
  const title = "The shop's domain may send events";
  if (id === undefined) return { title, answer: 'unseen', message: payloadGone, guide: notShown };
  const domain = url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
  if (domain === undefined)
    return {
      title,
      answer: 'no',
      message: 'The event was sent without a URL, so Meta cannot find its domain. Send `page.url` with each event.',
      guide: notShown,
    };
  return {
    title,
    answer: 'unseen',
    message: `The event names ${domain}. Check that the dataset's traffic permissions in Events Manager do not block this domain.`,
    guide: notShown,
  };
}

function checkDeduplication({ event_name: name, event_id: id }: SentPayload): Check {
  return checkSharedId({
    name,
    id,
    explain: (name, id) =>
      `Meta shows one event if the Meta Pixel reports “${name}” with the \`eventID\` “${id}” within 48 hours. It then keeps the first report, or the browser's.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  });
}

function checkIdentifier({ user_data: fields }: SentPayload): Check {
  return checkStrongKey({
    fields,
    strong: ['em', 'ph', 'fbc', 'fbp', 'external_id'],
    advice: 'The event was sent with an IP address only, which seldom leads to an account. Send an e-mail or the cookie `_fbp`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  });
}

function checkDataProcessing({ data_processing_options: options }: SentPayload): readonly Check[] {
  if (options === undefined) return [];
  return [
    {
      title: 'Limited Data Use does not apply to the shopper',
      answer: 'unseen',
      message:
        'The event was sent with Limited Data Use. Meta does not use it for ads if it locates the shopper in one of the US states.',
      guide: noConversion,
    },
  ];
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    event_name: z.string().exactOptional(),
    event_id: z.string().exactOptional(),
    event_source_url: z.string().exactOptional(),
    user_data: z.record(z.string(), z.unknown()).exactOptional(),
    data_processing_options: z.array(z.unknown()).exactOptional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: Json | undefined): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
