import type { Client } from '@temporalio/client';
import { nameOfPart } from '../model/failed-parts';
import type { Label } from '../model/label';
import type { PartResult } from '../model/run';
import { mayPass } from './failures';
import { type PastRun, pastRuns } from './past-runs';
import { resultOfRun } from './run-result';

export type RunNotes = ReadonlyMap<Label, readonly string[]>;

/**
 * What runs said of themselves beside their outcome, from their own records: those of a task with these labels. A run that
 * the server does not list (yet, or any more) has none; neither has any while the server does not answer.
 */
export async function notesOfRuns(
  client: Client,
  cluster: string,
  task: string,
  labels: readonly Label[],
): Promise<RunNotes> {
  const oldest = [...labels].sort()[0];
  if (oldest === undefined) return new Map();
  try {
    const found: PastRun[] = [];
    for await (const run of pastRuns(client, cluster, task)) {
      if (run.label < oldest) break;
      if (labels.includes(run.label)) found.push(run);
    }
    const notes = found.map(async ({ label, runId }) => {
      const record = await resultOfRun(client, cluster, runId);
      return [label, notesOf(record?.parts ?? [])] as const;
    });
    return new Map(await Promise.all(notes));
  } catch (error) {
    if (mayPass(error)) return new Map();
    throw error;
  }
}

function notesOf(parts: readonly PartResult[]): string[] {
  return parts.flatMap((part) => (part.notes ?? []).map((note) => `${nameOfPart(part)}: ${note}`));
}
