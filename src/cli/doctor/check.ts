// What a check of the doctor is: what it may look at, and what it answers.

import type { Diagnosis } from "#gateway/diagnosis.ts";
import type { Settings } from "#gateway/settings.ts";
import type { StatusView } from "#gateway/views.ts";
import type { ConfigResult } from "#cli/config/config.ts";

/** What one check found. `advice` says what to do, and is there whenever `ok` is false. */
export interface CheckFinding {
  readonly check: string;
  readonly ok: boolean;
  readonly finding: string;
  readonly advice?: string;
}

/** What a check may look at. */
export interface Patient {
  readonly config: ConfigResult;
  /** Absent when the config cannot be used; then only checks that need none are made. */
  readonly settings: Settings | undefined;
  /** Whether a service answered at the control socket. */
  readonly running: boolean;
  /** The running service's own status; undefined when none runs or it did not say. */
  readonly status: StatusView | undefined;
  /** Radio, homeservers and rooms, as the service or the doctor saw them. */
  readonly seen: Diagnosis | undefined;
  /** What was wrong with the database until the doctor opened it. */
  readonly recovered: string | undefined;
  /** Arrivals that the doctor was handed and keeps for the next run. */
  readonly kept: number;
  /** Why the running service did not say. */
  readonly refusal: string | undefined;
}

export type Check = (
  patient: Patient,
) => readonly Omit<CheckFinding, "check">[] | Promise<readonly Omit<CheckFinding, "check">[]>;
