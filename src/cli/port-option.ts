import { ConveyError } from '../errors.ts';

/** Reads the value of `--port`. @throws ConveyError */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConveyError('The --port is not a number from 0 to 65535', 'Use a port such as --port 9090');
  return port;
}
