import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/**
 * `random`: as in life, no value follows from another, so that every key lands anywhere in its table. `ordered`: numbered values, which
 * grow each table at its end.
 */
export const dataKind = z.enum(['random', 'ordered']);
export type DataKind = z.output<typeof dataKind>;

/** The values of one event that differ from those of others. */
export interface EventValues {
  readonly id: string;
  /** 32 hexadecimal digits, as are `click` and, with hyphens, `load`. */
  readonly visitor: string;
  readonly click: string;
  readonly load: string;
  readonly email: string;
  readonly phone: string;
  readonly customer: string;
  readonly order: string;
}

/** The values of the events with a number. Visitor and person follow from the visitor's number. */
export function numberedValues(id: string, index: number): EventValues {
  const digits = String(index % 10_000).padStart(4, '0');
  const hex = (index + 1).toString(16).padStart(12, '0');
  return {
    id,
    visitor: `b171a9b06ce011ecafcd${hex}`,
    click: `dd4afcccb1c94a4cad95${hex}`,
    load: `7b0c6a52-3f0e-4d9a-8c11-${hex}`,
    email: `Jane.Doe+x@customer${digits}.example`,
    phone: `+1 (425) 555-${digits}`,
    customer: `cust-${index}`,
    order: id,
  };
}

/** The numbers of events of ten visitors in turn: 4 on average. */
const usualVisits: readonly number[] = [1, 10, 2, 1, 6, 3, 8, 2, 3, 4];

/**
 * Creates an endless sequence of events of visitors with 1 to 10 events. Each new visitor has a new e-mail, phone number and customer id.
 * @param prefix begins every identifier, so that a growing one fills a table from its begin to its end.
 */
export function createPopulation(prefix: () => string = () => '', visits = usualVisits): { next(): EventValues } {
  let visitor: Pick<EventValues, 'visitor' | 'click' | 'email' | 'phone' | 'customer'> | undefined;
  let visitors = 0;
  let left = 0;
  return {
    next() {
      const start = prefix();
      const hex = (digits: number) => (start + randomHex(digits)).slice(0, digits);
      if (!visitor || left === 0) {
        left = visits[visitors++ % visits.length] ?? 1;
        const name = hex(12);
        const email = `Jane.Doe+${name}@mail.example`;
        visitor = { visitor: hex(32), click: hex(32), email, phone: randomPhone(), customer: `cust-${name}` };
      }
      left -= 1;
      return { ...visitor, id: toUuid(hex(32)), load: toUuid(randomHex(32)), order: hex(12) };
    },
  };
}

const pool = { hex: '', used: 0 };
const pooledBytes = 65_536;

/** Returns random hexadecimal digits. */
export function randomHex(digits: number): string {
  if (pool.used + digits > pool.hex.length) {
    pool.hex = randomBytes(pooledBytes).toString('hex');
    pool.used = 0;
  }
  pool.used += digits;
  return pool.hex.slice(pool.used - digits, pool.used);
}

/** Returns a number of the North American plan, whose area and exchange begin with 2 to 9. */
function randomPhone(): string {
  const code = () => 200 + (Number.parseInt(randomHex(8), 16) % 800);
  return `+1 (${code()}) ${code()}-${String(Number.parseInt(randomHex(8), 16) % 10_000).padStart(4, '0')}`;
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
