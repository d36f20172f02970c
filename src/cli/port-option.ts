import { Option } from 'commander';
import { ConveyError } from '../errors.ts';

/** Creates an option whose value is a port. Its parser throws a ConveyError for anything else. */
export function createPortOption(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => {
    const port = Number(text);
    if (!/^\d{1,5}$/.test(text) || port > 65_535)
      throw new ConveyError(`The ${option.long} is not a number from 0 to 65535`, `Use a port such as ${option.long} 9090`);
    return port;
  });
}
