import { createHash, randomBytes } from 'node:crypto';

const maxCodes = 100;

interface CodeRules {
  /** Begins every code. */
  readonly prefix: string;
  readonly lifeMs: number;
}

/** The consents that wait for the exchange of their code. */
export class AuthorizationCodes {
  readonly #rules: CodeRules;
  readonly #issued = new Map<string, { readonly consent: URLSearchParams; readonly expiresAt: number }>();

  constructor(rules: CodeRules) {
    this.#rules = rules;
  }

  /** Returns the code for a request for consent. */
  issue(consent: URLSearchParams, now: number): string {
    const code = this.#rules.prefix + randomBytes(16).toString('base64url');
    this.#issued.set(code, { consent, expiresAt: now + this.#rules.lifeMs });
    const [oldest] = this.#issued.keys();
    if (this.#issued.size > maxCodes && oldest !== undefined) this.#issued.delete(oldest);
    return code;
  }

  /** Returns the consent if the form exchanges a code of the same client, redirect address and challenge. A code counts once. */
  redeem(form: URLSearchParams, now: number): URLSearchParams | undefined {
    const code = form.get('code') ?? '';
    const issued = this.#issued.get(code);
    this.#issued.delete(code);
    if (issued === undefined || issued.expiresAt <= now) return undefined;
    const { consent } = issued;
    const isSame = (name: string) => consent.get(name) === form.get(name);
    const isOwn = isSame('client_id') && isSame('redirect_uri') && answersChallenge(consent, form.get('code_verifier') ?? '');
    return isOwn ? consent : undefined;
  }
}

/** @source https://www.rfc-editor.org/rfc/rfc7636#section-4.6 (2026-11-27) */
function answersChallenge(consent: URLSearchParams, verifier: string): boolean {
  const challenge = consent.get('code_challenge');
  if (challenge === null) return true;
  const hash = createHash('sha256').update(verifier).digest('base64url');
  return challenge === (consent.get('code_challenge_method') === 'S256' ? hash : verifier);
}
