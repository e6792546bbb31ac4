import { type Control, handedOver } from '../../model/control';
import { BackupError, type ErrorKind } from '../../model/errors';
import type { BackupTarget } from '../../model/target';
import type { CaseResult, CheckedSoFar, CheckSettings, TargetCheck, TargetFinding } from '../../model/target-check';
import { confined } from './confined';
import type { OpenTarget, TargetCase } from './case';
import { reasonToSkip, removeAll, runTargetCase, targetCases } from '.';
import { measureSpeed } from './speed';
import { bodyOf, read } from './tools';
import { whyOf, within } from './within';

/** So many cases that did not end say enough of a target: each costs its whole time. */
const mostHanging = 3;

/** Checks targets of operators by these cases: what every target promises. */
export function createTargetCheck(cases: readonly TargetCase[] = targetCases): TargetCheck {
  return {
    run: (open, folder, settings, control) =>
      checkTarget(cases, { open: async () => confined(await open(), folder), folder, settings, control }),
    clear: (open, folder) => clear(open, folder),
  };
}

interface Check {
  readonly open: OpenTarget;
  readonly folder: string;
  readonly settings: CheckSettings;
  readonly control: Control;
}

async function checkTarget(cases: readonly TargetCase[], check: Check): Promise<TargetFinding> {
  const { folder, control } = check;
  const hidden = await probe(check, looks(folder));
  // Nothing was written: there is nothing to remove.
  if (hidden !== undefined) return { folder, cases: [], problem: hidden };
  let found: TargetFinding = { folder, cases: [] };
  let isHandedOver = false;
  try {
    const problem = await probe(check, writes(folder));
    if (problem !== undefined) found = { ...found, problem };
    else {
      found = { ...found, cases: await askAll(cases, check) };
      found = { ...found, speed: await speedOf(check) };
    }
  } catch (error) {
    isHandedOver = control.signal.reason === handedOver;
    throw error;
  } finally {
    // Another attempt goes on with what is there.
    if (!isHandedOver) found = { ...found, ...(await clearAtEnd(check, found.problem === undefined ? 5 : 1)) };
  }
  return found;
}

/** What hinders everything is told in one sentence; what an attempt before this one left is removed first. */
async function probe({ open, settings, control }: Check, probes: readonly Probe[]): Promise<TargetFinding['problem']> {
  for (const [what, work] of probes) {
    try {
      await within(settings.caseSeconds, control, open, work);
    } catch (error) {
      stopIfStopped(control, error);
      return { kind: kindOf(error), reason: whyOf(error, `the target ${what}`) };
    }
  }
  return undefined;
}

/** `the target …` when it throws. */
type Probe = readonly [what: string, work: (open: OpenTarget) => Promise<unknown>];

function looks(folder: string): readonly Probe[] {
  return [['cannot be looked at', (open) => clear(open, folder)]];
}

function writes(folder: string): readonly Probe[] {
  const [name, other] = [markIn(folder), `${folder}/probe`];
  return [
    ['cannot be written to', (open) => use(open, (target) => target.put(name, bodyOf(mark)))],
    ['cannot be read', (open) => use(open, (target) => readBack(target, name))],
    ['does not let objects be replaced', (open) => use(open, (target) => target.put(name, bodyOf(mark)))],
    ['cannot be written to', (open) => use(open, (target) => target.put(other, bodyOf('x')))],
    ['does not let objects be removed', (open) => use(open, (target) => target.remove(other))],
  ];
}

async function readBack(target: BackupTarget, name: string): Promise<void> {
  if (String(await read(target, name)) !== mark)
    throw new BackupError('corrupt', 'what was just written comes back otherwise');
}

async function askAll(cases: readonly TargetCase[], check: Check): Promise<CaseResult[]> {
  const { control, folder } = check;
  const results = [...((control.resume as CheckedSoFar | undefined)?.cases ?? [])];
  const add = (result: CaseResult) => {
    results.push(result);
    control.report({ resume: { cases: [...results] } satisfies CheckedSoFar });
  };
  const asked = cases.filter(({ reachesOut }) => reachesOut !== true);
  let hanging = 0;
  let noSnapshots: string | undefined;
  for (const [number, testCase] of asked.entries()) {
    const { name, needs } = testCase;
    if (results.some((result) => result.name === name)) continue;
    const reason = hanging >= mostHanging ? 'the target hangs' : needs === 'snapshots' ? noSnapshots : undefined;
    if (reason !== undefined) {
      add({ name, outcome: 'notAsked', why: reason });
      continue;
    }
    const { isOver, denied, ...result } = await ask(testCase, check, `${folder}/${number}`);
    add(result);
    if (isOver === true) hanging += 1;
    if (denied === true && needs === 'snapshots') noSnapshots = 'its folders may not have snapshots, as was told above';
  }
  return results;
}

type Asked = CaseResult & { readonly isOver?: boolean; readonly denied?: boolean };

async function ask(testCase: TargetCase, { open, settings, control }: Check, prefix: string): Promise<Asked> {
  const { name } = testCase;
  try {
    const skipped = await within(settings.caseSeconds, control, open, async (opening) => {
      const reason = await use(opening, async (target) => reasonToSkip(testCase, target));
      if (reason === undefined) await runTargetCase(testCase, opening, prefix);
      return reason;
    });
    return skipped === undefined ? { name, outcome: 'ok' } : { name, outcome: 'notAsked', why: skipped };
  } catch (error) {
    stopIfStopped(control, error);
    const [isOver, denied] = [isTimeOver(error), error instanceof BackupError && error.kind === 'denied'];
    return { name, outcome: 'failed', why: whyOf(error), isOver, denied };
  }
}

async function speedOf({ open, folder, settings, control }: Check): Promise<NonNullable<TargetFinding['speed']>> {
  // A slow line is what is to be found out: it has ten times as long.
  const seconds = settings.caseSeconds * 10;
  try {
    return await within(seconds, control, open, (opening) =>
      use(opening, (target) => measureSpeed(target, folder, settings.mib, control)),
    );
  } catch (error) {
    stopIfStopped(control, error);
    return { failed: whyOf(error) };
  }
}

/** What hangs there has so many times as long as a case. */
async function clearAtEnd(
  { open, folder, settings, control }: Check,
  times: number,
): Promise<Pick<TargetFinding, 'left'>> {
  const untilDone = { ...control, signal: new AbortController().signal };
  try {
    await within(settings.caseSeconds * times, untilDone, open, (opening) => clear(opening, folder));
    return {};
  } catch (error) {
    return { left: whyOf(error) };
  }
}

/** By the mark a folder is found again however little lies in it: so it goes last. */
async function clear(open: OpenTarget, folder: string): Promise<void> {
  await removeAll(open, folder, (name) => name === markIn(folder));
  await use(open, async (target) => {
    await target.remove(markIn(folder));
    await target.clean?.(folder);
  });
}

const mark =
  'Made by "cairn target check", which removes it; "cairn sets clean" finds what was left of one that was killed.\n';

function markIn(folder: string): string {
  return `${folder}/made-by-cairn.txt`;
}

async function use<T>(open: OpenTarget, work: (target: BackupTarget) => Promise<T>): Promise<T> {
  const target = await open();
  try {
    return await work(target);
  } finally {
    await target[Symbol.asyncDispose]();
  }
}

function stopIfStopped({ signal }: Control, cause: unknown): void {
  if (signal.aborted) throw new BackupError('cancelled', 'stopped while a target was checked', {}, { cause });
}

function kindOf(error: unknown): ErrorKind {
  return error instanceof BackupError ? error.kind : 'unavailable';
}

function isTimeOver(error: unknown): boolean {
  return error instanceof BackupError && error.context['isTimeOver'] === true;
}
