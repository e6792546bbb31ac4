import type { Client } from '@temporalio/client';
import { nameOfPart } from '../model/failed-parts';
import type { Approval, PartResult, RunResult } from '../model/run';
import { endOfRun } from './run-result';

/** A set that a run made, or of a restoration: that it restored. */
export type RunSet = Pick<PartResult, 'source' | 'part' | 'target' | 'host'> & {
  /** Its name, below the path of its target: as `cairn sets list` shows it. */
  readonly set: string;
};

/** What is known of a run beyond the line that its cluster carries. */
export interface RunAccount {
  /** Milliseconds since 1970. */
  readonly end?: number;
  readonly bytes?: number;
  /** Why it did not succeed. */
  readonly reason?: string;
  /** Absent when there are none. */
  readonly sets?: readonly RunSet[];
  /** What it said of itself beside its outcome, in words; absent when it said nothing. */
  readonly notes?: readonly string[];
  readonly approval?: Approval;
}

/** From the run's own record; of one that was ended from outside, by what ended it. Undefined where the server keeps it no longer. */
export async function accountOfRun(client: Client, cluster: string, runId: string): Promise<RunAccount | undefined> {
  const told = await endOfRun(client, cluster, runId);
  return told && 'record' in told ? accountFrom(told.record) : told;
}

function accountFrom({ end, parts, approval, ...result }: RunResult): RunAccount {
  const reason = reasonOf(result, parts);
  const sets = parts.flatMap(setOf);
  const notes = notesOf(parts);
  return {
    end,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    ...(reason !== undefined && { reason }),
    ...(sets.length > 0 && { sets }),
    ...(notes.length > 0 && { notes }),
    ...(approval !== undefined && { approval }),
  };
}

/** Of several sources that failed a record has each reason in short; here they are whole. */
function reasonOf({ outcome, reason }: Pick<RunResult, 'outcome' | 'reason'>, parts: readonly PartResult[]) {
  const failed = parts.filter((part) => part.outcome === 'Failed' && part.reason !== undefined);
  if (outcome !== 'Failed' || failed.length < 2) return reason;
  return failed.map((part) => `${nameOfPart(part)}: ${part.reason}`).join('; ');
}

function setOf({ source, part, outcome, set, target, host }: PartResult): RunSet[] {
  if (outcome !== 'Successful' || set === undefined) return [];
  return [{ source, part, set, ...(target !== undefined && { target }), ...(host !== undefined && { host }) }];
}

function notesOf(parts: readonly PartResult[]): string[] {
  return parts.flatMap((part) => (part.notes ?? []).map((note) => `${nameOfPart(part)}: ${note}`));
}
