import { type CaseResult, isWell, type TargetSpeed } from '../../model/target-check';
import { bytesText } from '../../model/text';
import type { TargetCheckView } from '../check-target';
import { factLines } from '../terminal/table';
import { targetText } from '../words';

const outcomes: { readonly [outcome in CaseResult['outcome']]: string } = {
  ok: 'ok',
  failed: 'FAILED',
  notAsked: 'not asked',
};

/** `FAILED     stores an empty object: could not … HINT: …` */
export function caseLine({ name, outcome, why }: CaseResult): string {
  return `${outcomes[outcome].padEnd(9)}  ${name}${why === undefined ? '' : `: ${why}`}`;
}

/** What was found, host by host. */
export function checkLines(found: readonly TargetCheckView[]): string[] {
  return found.flatMap((one, place) => [...(place === 0 ? [] : ['']), ...hostLines(one)]);
}

function hostLines({ target, host, found }: TargetCheckView): string[] {
  const { folder, problem, cases, speed, left } = found;
  const facts = factLines({
    target: targetText(target),
    host,
    scratch: folder === '' ? undefined : `${folder} (${left === undefined ? 'removed' : 'still there'})`,
    cases: problem === undefined ? countsOf(cases) : 'not asked',
    ...(speed === undefined ? {} : 'failed' in speed ? { speed: `not measured: ${speed.failed}` } : speedFacts(speed)),
  });
  return [
    ...facts,
    ...(problem === undefined ? [] : [`problem: ${problem.reason}`]),
    ...(left === undefined
      ? []
      : [`problem: the scratch folder could not be removed: ${left}`, '"cairn sets clean" finds it later']),
    ...(isWell(found) ? ['all is well'] : []),
  ];
}

function countsOf(cases: readonly CaseResult[]): string {
  const count = (outcome: CaseResult['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  return `${count('ok')} ok, ${count('failed')} failed, ${count('notAsked')} not asked`;
}

function speedFacts({ bytes, writeBytesPerSecond, readBytesPerSecond, smallFiles, latency }: TargetSpeed) {
  return {
    write: `${bytesText(writeBytesPerSecond)}/s (${bytesText(bytes)})`,
    read: `${bytesText(readBytesPerSecond)}/s`,
    'small files': `${smallFiles.perSecond} a second (${smallFiles.files} of ${bytesText(smallFiles.bytes)})`,
    latency: `${latency.milliseconds} ms (stat, median of ${latency.calls})`,
  };
}
