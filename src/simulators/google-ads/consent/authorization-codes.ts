import { createHash, randomBytes } from 'node:crypto';

/** Google's codes live about ten minutes (an assumption). */
const codeLifeMs = 600_000;
const maxCodes = 100;

/** The consents that wait for the exchange of their code. */
export class AuthorizationCodes {
  readonly #issued = new Map<string, { readonly consent: URLSearchParams; readonly expiresAt: number }>();

  /** Returns the code for a request for consent. */
  issue(consent: URLSearchParams, now: number): string {
    const code = `4/sim-${randomBytes(16).toString('base64url')}`;
    this.#issued.set(code, { consent, expiresAt: now + codeLifeMs });
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > maxCodes && oldest !== undefined) this.#issued.delete(oldest);
    return code;
  }

  /**
   * Returns whether the form exchanges a code of the same client, redirect address and challenge. A code counts once.
   * @source https://developers.google.com/identity/protocols/oauth2/native-app (2026-11-27)
   */
  redeem(form: URLSearchParams, now: number): boolean {
    const code = form.get('code') ?? '';
    const issued = this.#issued.get(code);
    this.#issued.delete(code);
    if (issued === undefined || issued.expiresAt <= now) return false;
    const { consent } = issued;
    const isSame = (name: string) => consent.get(name) === form.get(name);
    return isSame('client_id') && isSame('redirect_uri') && answersChallenge(consent, form.get('code_verifier') ?? '');
  }
}

function answersChallenge(consent: URLSearchParams, verifier: string): boolean {
  const challenge = consent.get('code_challenge');
  if (challenge === null) return true;
  const hash = createHash('sha256').update(verifier).digest('base64url');
  return challenge === (consent.get('code_challenge_method') === 'S256' ? hash : verifier);
}
