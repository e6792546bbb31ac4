import { incrementText } from '../../model/policy';
import { BackupError, messageOf } from '../../model/errors';
import { nameOfPart } from '../../model/failed-parts';
import { labelAt } from '../../model/label';
import type { Approval, PartResult, RunResult } from '../../model/run';
import { bytesText, durationText, labelText } from '../../model/text';
import { exitCodeOfRun, exitCodes } from '../exit-codes';
import type { Started } from '../tasks';
import { openProgress } from '../terminal/progress';
import { factLines, tableLines } from '../terminal/table';
import type { Session } from './session';

/** Shows a run that was asked for; with `--wait` to its end. Ctrl-C ends the waiting, not the run. */
export async function follow(
  session: Session,
  started: Started,
  group: 'task' | 'restoration',
  wait: boolean,
): Promise<number> {
  if (wait) return await followToEnd(session, started, group);
  session.out.show(started, () => startedLines(started));
  return exitCodes.ok;
}

function startedLines({ task, did, before, key, awaitsUntil }: Started): string[] {
  if (awaitsUntil !== undefined)
    return [
      `"${task}" awaits approval until ${labelText(labelAt(awaitsUntil))} (key ${key})`,
      `somebody else gives it: cairn restoration approve ${task}`,
    ];
  const how = did === 'started' ? 'is started' : `waits, ${before} before it`;
  return [`"${task}" ${how} (key ${key})`];
}

async function followToEnd({ cairn, io, out }: Session, started: Started, group: string): Promise<number> {
  const interrupted = new AbortController();
  const view = openProgress(io, out.isJson);
  const restore = io.onInterrupt(() => interrupted.abort());
  try {
    const result = await cairn.waitFor(started, {
      signal: interrupted.signal,
      onProgress: (state) => view.show(state),
    });
    view.close();
    out.show(result, () => resultLines(result));
    return exitCodeOfRun(result);
  } catch (error) {
    view.close();
    if (!interrupted.signal.aborted) throw error;
    out.error(
      new BackupError('cancelled', messageOf(error), { hint: `"cairn ${group} stop ${started.task}" stops it` }),
    );
    return exitCodes.interrupted;
  } finally {
    restore();
  }
}

/** A run that has ended. */
export function resultLines(result: RunResult): string[] {
  const { task, kind, label, outcome, reason, begin, end, parts, approval, overridden } = result;
  const facts = {
    [kind]: task,
    run: labelText(label),
    outcome,
    took: durationText(end - begin),
    reason,
    approval: approval && approvalText(approval),
    overridden: overridden?.join('; '),
  };
  return [
    ...factLines(facts),
    ...(parts.length === 0
      ? []
      : ['', ...tableLines(['source', 'part', 'outcome', 'bytes', 'files', 'set'], parts.map(rowOf))]),
    ...parts.flatMap(remarks),
  ];
}

function rowOf({ source, part, outcome, bytes, files, set }: PartResult) {
  return [source, part, outcome, bytesText(bytes), files, set];
}

function approvalText({ askedBy, approvedBy, approved }: Approval): string {
  return `asked for by ${askedBy}, approved by ${approvedBy} at ${labelText(labelAt(approved))}`;
}

function remarks(result: PartResult): string[] {
  const { reason, buildsOn, notes = [] } = result;
  const copied = buildsOn === undefined ? [] : [`copied ${incrementText(buildsOn)}`];
  return [...(reason === undefined ? [] : [reason]), ...copied, ...notes].map(
    (text) => `${nameOfPart(result)}: ${text}`,
  );
}
