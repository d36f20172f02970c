import { expect, it } from 'vitest';
import type { BoundDestination, HttpResponse } from '../../destinations/kit/destination.ts';
import { explainUnavailable, explainUnknownAnswer } from '../../destinations/kit/foreign-response.ts';
import { settingsTestTexts } from '../../event/settings-test.ts';
import { buildReply, sampleIssue, tinyPlatform } from '../tiny-platform.fixture.ts';
import type { SendResult } from './http-sender.ts';
import { type ProbeResult, probeCredential } from './probe-connection.ts';

type Decoded = ReturnType<BoundDestination['probe']['decode']>;

const answer = (decoded: Decoded): [SendResult, Decoded] => [buildReply(200), decoded];

it.each<[string, ProbeResult['state'], [SendResult, Decoded]]>([
  ['the platform accepts the credential', 'accepted', answer('ok')],
  ['the platform refuses the credential', 'refused', answer(sampleIssue)],
  ['the host is unknown', 'not-reached', [{ notSent: 'ENOTFOUND' }, 'ok']],
  ['the certificate is not trusted', 'not-reached', [{ notSent: 'CERT_HAS_EXPIRED' }, 'ok']],
  ['no answer comes in time', 'not-reached', [{ unknown: 'UND_ERR_HEADERS_TIMEOUT' }, 'ok']],
  ['the platform is unavailable', 'unverified', answer(explainUnavailable(503, 'Tiny'))],
  ['the answer has an unknown form', 'unverified', answer(explainUnknownAnswer(200, 'Tiny'))],
])('a probe returns a state of its own when %s', async (_, state, [sent, decoded]) => {
  const decode = (_response: HttpResponse) => decoded;
  const platform = { ...tinyPlatform, probe: { ...tinyPlatform.probe, decode } };
  const result = await probeCredential(platform, { send: async () => sent }, () => 0);
  expect(result).toMatchObject({ state, ok: state === 'accepted' });
  expect(result.says).toMatch(new RegExp(`^${settingsTestTexts[state].sentence}\\. `));
});
