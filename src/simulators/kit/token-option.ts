import { z } from 'zod';
import { isFields } from './fields.ts';
import type { SimulatorOption } from './simulator.ts';

interface TokenOption {
  /** The account's noun at the platform, such as `dataset`. */
  readonly account: string;
  readonly pattern: RegExp;
  readonly example: string;
}

/** The value of the option `--token`: token by account. */
export const tokenValues = z.record(z.string(), z.string()).optional();

/** Returns the option `--token`. */
export function createTokenOption({ account, pattern, example }: TokenOption): SimulatorOption {
  return {
    flags: `--token <${account}=token>`,
    description: `${/^[aeiou]/.test(account) ? 'an' : 'a'} ${account} and the token that it accepts; repeatable (default: any ${account} and token)`,
    parse: {
      read: (text, before) => {
        const [, name, token] = /^([^=]+)=(\S+)$/.exec(text) ?? [];
        if (name === undefined || token === undefined || !pattern.test(name)) return undefined;
        return { ...(isFields(before) ? before : {}), [name]: token };
      },
      message: `A --token is not ${account.toUpperCase()}=TOKEN`,
      remedy: `Use the form --token ${example}=your-token`,
    },
  };
}
