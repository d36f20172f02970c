import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Issue, Json } from '../../event/issue.ts';

/** The interval of the checks, in payloads. The first payload is checked, so that a fault of every payload is found at once. */
const checkEvery = 1_000;

/**
 * Checks mapped payloads against the platform's schema. The suite proves that a mapping makes nothing that its schema refuses, so few are
 * checked; after one that does not fit, all are.
 */
export class PayloadCheck {
  readonly #destination: Pick<BoundDestination, 'findMisfits'>;
  readonly #hasMisfit: () => boolean;
  #count = 0;
  /** Whether a payload did not fit, and its commit has not reached the connection's state. */
  #isUncommitted = false;

  /** `hasMisfit` returns whether a payload of this connection did not fit earlier. */
  constructor(destination: Pick<BoundDestination, 'findMisfits'>, hasMisfit: () => boolean) {
    this.#destination = destination;
    this.#hasMisfit = hasMisfit;
  }

  /** Returns the reasons why the schema refuses a payload; empty if it fits or is not checked. */
  findMisfits(payload: Json): readonly Issue[] {
    const isSample = this.#count++ % checkEvery === 0;
    // Once the misfit is committed, its state decides, so that an operator can end the check of all payloads.
    const isCommitted = this.#hasMisfit();
    if (isCommitted) this.#isUncommitted = false;
    if (!isSample && !isCommitted && !this.#isUncommitted) return [];
    const misfits = this.#destination.findMisfits(payload);
    if (misfits.length > 0) this.#isUncommitted = true;
    return misfits;
  }
}
