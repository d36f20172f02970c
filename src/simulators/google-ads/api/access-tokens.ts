import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import type { Reply } from '../../kit/http/reply.ts';
import type { AuthorizationCodes } from '../../kit/oauth/authorization-codes.ts';
import type { Settings } from '../settings.ts';

/** The credentials that the token server accepts. Absent: any well-formed one. */
export interface Credentials {
  readonly refreshTokens?: readonly string[];
  /** The secret by the id of an OAuth client. Absent: any client with any secret. */
  readonly clients?: Readonly<Record<string, string>>;
  /** The public key as PEM, by the service account's e-mail. Absent: no signature is checked. */
  readonly serviceAccounts?: Readonly<Record<string, string>>;
}

const scope = 'https://www.googleapis.com/auth/datamanager';
const audience = 'https://oauth2.googleapis.com/token';

const headerSchema = z.object({ alg: z.literal('RS256') });
const claimsSchema = z.object({
  iss: z.string().min(1),
  scope: z.literal(scope),
  aud: z.literal(audience),
  iat: z.int(),
  exp: z.int(),
});

const selfSignedSchema = z.object({
  iss: z.string().min(1),
  sub: z.string().min(1),
  aud: z.literal('https://datamanager.googleapis.com/').exactOptional(),
  scope: z.literal(scope).exactOptional(),
  iat: z.int(),
  exp: z.int(),
});

type Claims = Pick<z.output<typeof claimsSchema>, 'iss' | 'iat' | 'exp'>;

/** The access tokens that the simulator gave, and their expiry. */
export class AccessTokens {
  readonly #settings: Settings;
  readonly #credentials: Credentials;
  readonly #codes: AuthorizationCodes;
  readonly #issued = new Map<string, number>();
  #last = 0;

  constructor(settings: Settings, credentials: Credentials, codes: AuthorizationCodes) {
    this.#settings = settings;
    this.#credentials = credentials;
    this.#codes = codes;
  }

  /**
   * Answers `POST /token`.
   * @source https://developers.google.com/identity/protocols/oauth2/service-account (2026-08-18)
   */
  exchange(contentType: string, body: string, now: number, seconds = this.#settings.tokenSeconds): Reply {
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType))
      return refuse('invalid_request', 'Wrong content type.');
    const form = new URLSearchParams(body);
    const grant = form.get('grant_type');
    const problem =
      grant === 'refresh_token'
        ? this.#checkRefreshToken(form)
        : grant === 'authorization_code'
          ? this.#checkCode(form, now)
          : grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
            ? this.#checkAssertion(form.get('assertion') ?? '', now)
            : refuse('unsupported_grant_type', `Invalid grant_type: ${grant?.slice(0, 40)}`);
    if (problem !== undefined) return problem;
    this.#last += 1;
    const token = `sim-${this.#last}`;
    this.#issued.set(token, now + seconds * 1_000);
    const { refreshTokens: [refreshToken = `1//sim-refresh-${this.#last}`] = [] } = this.#credentials;
    return {
      status: 200,
      body: {
        access_token: token,
        expires_in: seconds,
        token_type: 'Bearer',
        scope,
        ...(grant === 'authorization_code' && { refresh_token: refreshToken }),
      },
    };
  }

  /** Returns whether the header has a token that was issued and has not expired, or a JWT that a service account signed for this API. */
  isAccepted(authorization: string | undefined, now: number): boolean {
    const token = authorization?.replace(/^Bearer /, '') ?? '';
    const expiresAt = this.#issued.get(token);
    return expiresAt === undefined ? this.#isSelfSigned(token, now) : now < expiresAt;
  }

  /**
   * Returns whether a token is a self-signed JWT: its audience is the API, or its scope the API's.
   * @source https://developers.google.com/identity/protocols/oauth2/service-account#jwt-auth, https://google.aip.dev/auth/4111 (2026-08-18)
   */
  #isSelfSigned(token: string, now: number): boolean {
    const { data } = selfSignedSchema.safeParse(parsePart(token.split('.')[1] ?? ''));
    if (data === undefined || (data.aud === undefined) === (data.scope === undefined)) return false;
    return this.#checkSigned(token, data, now) === undefined;
  }

  /** Withdraws every token. */
  revoke(): void {
    this.#issued.clear();
  }

  #checkRefreshToken(form: URLSearchParams): Reply | undefined {
    const refused = this.#checkClient(form);
    if (refused !== undefined) return refused;
    const given = form.get('refresh_token') ?? '';
    const { refreshTokens } = this.#credentials;
    const isKnown = given !== '' && (refreshTokens === undefined || refreshTokens.includes(given));
    return isKnown ? undefined : refuse('invalid_grant', 'Token has been expired or revoked.');
  }

  #checkCode(form: URLSearchParams, now: number): Reply | undefined {
    return this.#checkClient(form) ?? (this.#codes.redeem(form, now) ? undefined : refuse('invalid_grant', 'Bad Request'));
  }

  #checkClient(form: URLSearchParams): Reply | undefined {
    const [id, secret] = [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
    const { clients } = this.#credentials;
    const isKnown = clients === undefined ? id !== '' && secret !== '' : Object.hasOwn(clients, id) && clients[id] === secret;
    return isKnown ? undefined : refuse('invalid_client', 'The OAuth client was not found.', 401);
  }

  #checkAssertion(assertion: string, now: number): Reply | undefined {
    const { data } = claimsSchema.safeParse(parsePart(assertion.split('.')[1] ?? ''));
    return data === undefined ? refuse('invalid_grant', 'Invalid JWT.') : this.#checkSigned(assertion, data, now);
  }

  /** Checks the form, the time and the signature of a JWT whose claims fit. */
  #checkSigned(token: string, data: Claims, now: number): Reply | undefined {
    const [header = '', claims = '', signature = '', ...more] = token.split('.');
    if (!headerSchema.safeParse(parsePart(header)).success || signature === '' || more.length > 0)
      return refuse('invalid_grant', 'Invalid JWT.');
    const seconds = now / 1_000;
    if (data.iat > seconds + 60 || data.exp <= seconds || data.exp - data.iat > 3_600)
      return refuse(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    const { serviceAccounts } = this.#credentials;
    if (serviceAccounts === undefined) return undefined;
    const key = Object.hasOwn(serviceAccounts, data.iss) ? serviceAccounts[data.iss] : undefined;
    if (key === undefined) return refuse('invalid_grant', 'Invalid grant: account not found');
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(key),
      Buffer.from(signature, 'base64url'),
    );
    return isSigned ? undefined : refuse('invalid_grant', 'Invalid JWT Signature.');
  }
}

function refuse(error: string, description: string, status = 400): Reply {
  return { status, body: { error, error_description: description } };
}

function parsePart(part: string): unknown {
  try {
    return /^[\w-]+$/.test(part) ? JSON.parse(Buffer.from(part, 'base64url').toString()) : undefined;
  } catch {
    return undefined;
  }
}
