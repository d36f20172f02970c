import { describe, expect, it } from 'vitest';
import { hookSignatureSchema } from './signature-schema.ts';

describe('the schema of a signature', () => {
  it('completes a scheme with its defaults', () => {
    expect(hookSignatureSchema.parse({ scheme: 'hmac-sha256', header: 'X-Hub-Signature-256', prefix: 'sha256=' })).toEqual({
      ...{ scheme: 'hmac-sha256', header: 'X-Hub-Signature-256', prefix: 'sha256=' },
      ...{ encoding: 'hex', signs: 'body', toleranceSeconds: 300 },
    });
  });

  it.each([
    [undefined, 'Must have `scheme`'],
    [{ scheme: 'md5' }, 'Must have `scheme`'],
    [{ scheme: 'hmac-sha256', header: 'X Sig' }, 'header: Must be the name of a header'],
    [{ scheme: 'hmac-sha256', header: 'Host' }, 'header: Must be a header of the service'],
    [{ scheme: 'hmac-sha256', header: 'X-S', signs: '{timestamp}.{body}' }, 'timestampHeader: Is missing'],
    [{ scheme: 'hmac-sha256', header: 'X-S', timestampHeader: 'X-T' }, 'timestampHeader: Is not signed'],
    [{ scheme: 'timestamped', header: 'X-S', toleranceSeconds: 5 }, 'toleranceSeconds: Must be 30'],
    [{ scheme: 'basic', header: 'X-S' }, 'Unrecognized key'],
  ])('refuses %j', (input, problem) => {
    const { error } = hookSignatureSchema.safeParse(input);
    expect(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).toContain(problem);
  });
});
