/** The reason why a row that was taken has no effect, as the offline conversion report names it. */
export type UnattributedReason =
  | 'AdjustmentOriginalNotFound'
  | 'ClickTimestampAfterConversion'
  | 'ConversionAlreadyRetracted'
  | 'DuplicateConversionKey'
  | 'GoalNotFoundOrInactive'
  | 'NoMatchingClickFound'
  | 'OutsideGoalLookbackWindow';

/** An adjustment of one conversion. */
export interface Adjustment {
  readonly conversionName: string;
  readonly adjustmentType: 'Restate' | 'Retract';
  /** ISO 8601, as sent. */
  readonly adjustmentTime: string;
  /** The remaining total of a Restate. */
  readonly value: number | null;
  readonly currency: string | null;
}

/** An adjustment of an online conversion, as `GET /journal/adjustments` returns it. */
export interface AdjustmentRow extends Adjustment {
  /** ISO 8601. */
  readonly at: string;
  readonly transactionId: string;
  /** Microsoft's answer does not tell it. */
  readonly outcome: 'Success' | UnattributedReason;
}
