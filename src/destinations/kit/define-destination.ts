import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { BoundDestination, Destination, HttpRequest, MappedEvent, MapResult, RegisteredDestination } from './destination.ts';
import { findMaskedTexts, maskedValue, maskPayload, maskSecretTexts, maskTexts, replacePart } from './mask-payload.ts';
import { readAccepted } from './why-not.ts';

/**
 * Creates an entry of the list in `destinations.ts`: hides the destination's own types behind `connect`. Settings' issues use
 * the messages of the schema, so each message of the schema states the rule and the fix.
 */
export function defineDestination<S extends z.ZodType<Readonly<Record<string, unknown>>>, P extends z.ZodType<Json>>(
  spec: Destination<S, P>,
): RegisteredDestination {
  const readForm = createFormReader(spec.settings);
  return {
    id: spec.id,
    name: spec.name,
    summary: spec.summary,
    source: spec.source,
    settings: spec.settings,
    get form() {
      return readForm().form;
    },
    get secrets() {
      return readForm().secrets;
    },
    get fileOnly() {
      return readForm().fileOnly;
    },
    eventNames: spec.eventNames ?? {},
    matching: spec.matching,
    ...(spec.tag && { tag: spec.tag }),
    skipTexts: spec.skipTexts,
    ...(spec.accountLink && { accountLink: spec.accountLink }),
    ...(spec.setup && { setup: spec.setup }),
    ...(spec.late && { takesLate: spec.late.isOn }),
    connect(input) {
      const parsed = spec.settings.safeParse(input);
      if (!parsed.success) return { issues: settingsIssues(parsed.error) };
      return { platform: bind(spec, parsed.data), settings: parsed.data };
    },
  };
}

type Form = Pick<RegisteredDestination, 'form' | 'secrets' | 'fileOnly'>;

/** Returns a function that makes the form when it is first called, because most commands need none. */
function createFormReader(settings: z.ZodType): () => Form {
  let form: Form | undefined;
  return () => {
    form ??= toForm(settings);
    return form;
  };
}

function toForm(settings: z.ZodType): Form {
  const { $schema: _, properties = {}, required = [], ...form } = z.toJSONSchema(settings, { io: 'input' });
  const listNames = (mark: 'secret' | 'fileOnly') =>
    Object.entries(properties).flatMap(([name, schema]) => (typeof schema === 'object' && schema[mark] === true ? [name] : []));
  const fileOnly = listNames('fileOnly');
  const isOpen = (name: string) => !fileOnly.includes(name);
  return {
    form: {
      ...form,
      properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isOpen(name))),
      required: required.filter(isOpen),
    },
    secrets: listNames('secret'),
    fileOnly,
  };
}

function bind<S extends z.ZodType<Readonly<Record<string, unknown>>>, P extends z.ZodType<Json>>(
  spec: Destination<S, P>,
  settings: z.output<S>,
): BoundDestination {
  const { group, auth, receipt, sign, restatement, adjustments, late } = spec;
  const toMapped = (mapped: MapResult<z.output<P>>): MappedEvent => {
    if (!('payload' in mapped)) return mapped;
    const { payload, issues } = mapped;
    const text = JSON.stringify(payload);
    return group ? { payload, text, group: group(payload, settings), issues } : { payload, text, issues };
  };
  const toText = (mapped: MapResult<Json>): MappedEvent =>
    'payload' in mapped ? { ...mapped, text: JSON.stringify(mapped.payload) } : mapped;
  return {
    id: spec.id,
    name: spec.name,
    ...(spec.noun && { noun: spec.noun }),
    limits: spec.limits(settings),
    map: (event) => toMapped(spec.map(event, settings)),
    ...(restatement && {
      restatement: {
        maxAgeMs: restatement.maxAgeMs,
        map: (purchase) => toMapped(restatement.map(purchase, settings)),
        target(payload) {
          const { success, data } = spec.payload.safeParse(payload);
          return success ? restatement.target(data) : undefined;
        },
      },
    }),
    ...(adjustments && {
      adjustments: {
        maxAgeMs: adjustments.maxAgeMs,
        goals: adjustments.goals(settings),
        afterMs: adjustments.afterMs(settings),
        target(payload) {
          const { success, data } = spec.payload.safeParse(payload);
          return success ? adjustments.target(data) : undefined;
        },
      },
    }),
    ...(late?.isOn(settings) && {
      late: {
        maxAgeMs: late.maxAgeMs,
        adjustAfterMs: late.adjustAfterMs(settings),
        map: (purchase) => toText(late.map(purchase, settings)),
      },
    }),
    findMisfits(payload) {
      const { error } = spec.payload.safeParse(payload);
      return error ? payloadIssues(error) : [];
    },
    toText: (payload) => JSON.stringify(spec.payload.safeParse(payload).data ?? payload),
    ...(auth && { auth: { encode: (at) => auth.encode(settings, at), decode: (response) => auth.decode(response) } }),
    ...(sign && {
      sign: { scheme: sign.scheme, secrets: sign.secrets(settings), nameMessage: (body) => sign.nameMessage(body) },
    }),
    encode: (texts, token) => spec.encode(texts, settings, token),
    show(payload) {
      const { success, data } = spec.payload.safeParse(payload);
      if (!success) return undefined;
      const request = maskSecrets(
        spec.encode([JSON.stringify(data)], settings, auth && maskedValue),
        getSecrets(spec.settings, settings),
      );
      return {
        ...request,
        headers: { ...request.headers, ...(sign && signatureHeaders) },
        body: maskBody(request.body, data, spec.matching.harmless),
      };
    },
    decode: (response, count) => spec.decode(response, count, settings),
    ...(receipt && {
      receipt: {
        firstAfterMs: receipt.firstAfterMs,
        giveUpAfterMs: receipt.giveUpAfterMs,
        encode: (ticket, token) => receipt.encode(ticket, settings, token),
        decode: (response, count) => receipt.decode(response, count, settings),
      },
    }),
    unpack: (body) => spec.unpack(body),
    mask: (payload) => maskPayload(payload, spec.matching.harmless),
    probe: {
      encode: (token, at = 0) => spec.probe.encode(settings, token, at),
      decode(response) {
        const verdict = spec.probe.decode(response);
        return verdict === 'ok' && response.incomplete === 'cut' ? probeCut : verdict;
      },
    },
    matching: spec.matching,
    skipTexts: spec.skipTexts,
    testEvent: spec.testEvent(settings),
    isTest: spec.isTest?.(settings) ?? false,
    whyNot: (history) => spec.whyNot(history, settings, readAccepted(history, spec.payload)),
  };
}

const probeCut: Issue = {
  field: 'settings',
  code: 'probe-unavailable',
  message: "The credential could not be checked, because the platform's answer was cut off. Try again in a few minutes.",
};

const fieldsSchema = z.lazy(() => z.object({ properties: z.record(z.string(), z.object({ secret: z.boolean().optional() })) }));

/** Returns the values of the settings that the schema marks as secret, and those of lists. */
function getSecrets(schema: z.ZodType, settings: unknown): readonly string[] {
  const { properties } = fieldsSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const raw = new Map(Object.entries(isObject(settings) ? settings : {}));
  const values = Object.keys(properties).flatMap((name) => (properties[name]?.secret ? [raw.get(name)].flat() : []));
  return values.filter((value) => typeof value === 'string').filter((value) => value !== '');
}

function maskSecrets({ method, url, headers, body }: HttpRequest, secrets: readonly string[]): HttpRequest {
  const mask = (text: string) => maskSecretTexts(text, secrets);
  const shown = Object.entries(headers).map(([name, value]) => [name, mask(value)]);
  return { method, url: mask(url), headers: Object.fromEntries(shown), body: mask(body) };
}

/** The headers that delivery adds at each attempt. */
const signatureHeaders = { 'webhook-id': maskedValue, 'webhook-timestamp': maskedValue, 'webhook-signature': maskedValue };

/** Masks the payload in a JSON body, and its texts wherever else they are. A body that is no JSON is not shown. */
function maskBody(body: string, payload: Json, harmless: readonly string[]): string {
  try {
    const masked = replacePart(JSON.parse(body), payload, maskPayload(payload, harmless));
    return JSON.stringify(maskTexts(masked, findMaskedTexts(payload, harmless)));
  } catch {
    return maskedValue;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function settingsIssues(error: z.ZodError): readonly Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: formatPath(['settings', ...issue.path, key]),
        code: 'unknown-setting',
        message: 'The destination has no such setting. Correct its spelling, or remove it.',
      }));
    }
    return [{ field: formatPath(['settings', ...issue.path]), code: 'invalid-setting', message: issue.message }];
  });
}

function payloadIssues(error: z.ZodError): readonly Issue[] {
  return error.issues.map((issue) => ({
    field: formatPath(issue.path),
    code: 'invalid-payload',
    message: `The mapped event does not fit the platform's rule: ${issue.message}. Correct the event at its source. If the event is correct, please report a bug in the mapping.`,
  }));
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`;
    return before === '' ? String(key) : `${before}.${String(key)}`;
  }, '');
}
