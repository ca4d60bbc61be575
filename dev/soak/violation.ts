/** What must not happen, in the four words of the report. */

/**
 * - `lost`: a live resource that does not show its row's last state in the calm; a row, a Job or an operator that is gone without a reason.
 * - `doubled`: more than one INSERT for one piece of work.
 * - `resurrected`: something finished that is unfinished again without a worker's doing.
 * - `contradicting`: status and row disagree in a way that time does not explain, or somebody did what is not theirs to do.
 */
export const VIOLATION_KINDS = ['lost', 'doubled', 'resurrected', 'contradicting'] as const;
export type ViolationKind = (typeof VIOLATION_KINDS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  /** Of whom; undefined: of no single one. */
  readonly jobId?: string | undefined;
  readonly uid?: string | undefined;
  readonly what: string;
}
