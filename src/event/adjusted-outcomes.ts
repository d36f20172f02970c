/** Outcomes of refunds and cancellations that the platform's figures have. Each is explained by its text. */
export const adjustedOutcomes = {
  restated: 'The refund is deducted from the value that the platform has.',
  retracted: 'Nothing is left of the order, and the platform does not count it.',
} as const;

export type AdjustedOutcome = keyof typeof adjustedOutcomes;

export const adjustedOutcomeNames: readonly AdjustedOutcome[] = Object.keys(adjustedOutcomes).filter(isAdjustedOutcome);

export function isAdjustedOutcome(text: string): text is AdjustedOutcome {
  return Object.hasOwn(adjustedOutcomes, text);
}

/** The code of the issue that a purchase was sent with what refunds left of it. The platform accepted all of it. */
export const reducedByRefundCode = 'reduced-by-refund';
