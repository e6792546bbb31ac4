import type { Control } from '../model/control';
import type { Label } from '../model/label';

/**
 * Replaces something that a service keeps (a folder, a database), so that it can be brought back. What is kept stands beside
 * it, under names with the label of the restoration:
 *
 *   part  being built or dropped: of no worth
 *   new   built, whole
 *   old   what it was before the restoration
 *   none  instead of `old`: there was nothing
 *
 * Each step is one rename or one mark. After a kill at any point it is one of these (kept = `old` or `none`):
 *
 *   kept  new  current  how it came                          build and put     bringBack
 *   –     –    any      nothing done, or brought back        build, keep, put  nothing, but drop part
 *   –     yes  any      killed before keeping                keep, put         drop new
 *   yes   yes  –        killed between keeping and putting   put               drop new, bring back
 *   yes   –    yes      replaced                             nothing           drop current, bring back
 *   yes   –    –        killed while bringing back           build, put        bring back
 *   yes   yes  yes      someone else made a `current`        drop it, put      drop both, bring back
 */
export type Place = 'current' | 'part' | 'new' | 'old' | 'none';

/** How what stands in a place is called: `<what is swapped>.cairn-<label>.old` and so on. */
export function nameOf(current: string, label: Label, place: Place): string {
  return place === 'current' ? current : `${current}.cairn-${label}.${place}`;
}

/** The labels of restorations that left something, by such names among these. */
export function labelsIn(names: readonly string[], current: string): readonly Label[] {
  const begin = `${current}.cairn-`;
  const ends = names.filter((name) => name.startsWith(begin)).map((name) => name.slice(begin.length));
  return [...new Set(ends.flatMap((end) => /^(\d{14})\.(?:part|new|old|none)$/.exec(end)?.[1] ?? []))];
}

/** One thing that can be swapped. Each step is durable when it returns. */
export interface Swapped {
  exists(place: Place): Promise<boolean>;
  /** At once; nothing stands at `to`. */
  rename(from: Place, to: Place): Promise<void>;
  /** Makes `none`. */
  markNone(): Promise<void>;
  /** Absent is fine. */
  unmarkNone(): Promise<void>;
  /** Removes `part`; absent is fine. */
  removePart(): Promise<void>;
  /** Makes `part`, where nothing stands. */
  build(control: Control): Promise<void>;
}

/** Those that are neither replaced nor built. */
export async function unbuilt<One extends Swapped>(all: readonly One[]): Promise<One[]> {
  return await only(all, async (one) => !(await isReplaced(one)) && !(await one.exists('new')));
}

/** All are built before the first is put, so that the time in which some are replaced and others not is short. */
export async function build(all: readonly Swapped[], control: Control): Promise<void> {
  for (const one of all) {
    await one.removePart();
    await one.build(control);
    await one.rename('part', 'new');
  }
}

/** Puts in its place what is built; what was there is kept. What is replaced already stays as it is. */
export async function put(all: readonly Swapped[]): Promise<void> {
  for (const one of await only(all, async (each) => !(await isReplaced(each)))) {
    if (await isKept(one)) await drop(one, 'current');
    else await keep(one);
    await one.rename('new', 'current');
    await one.removePart();
  }
}

/**
 * Brings back what was kept; nothing kept = nothing to do. The last that was put comes back first, and all are back before
 * the first is tidied: as long as the first of them keeps something, each other one has a trace of the restoration, too.
 */
export async function bringBack(all: readonly Swapped[]): Promise<void> {
  for (const one of [...all].reverse()) {
    await drop(one, 'new');
    if (!(await isKept(one))) continue;
    await drop(one, 'current');
    if (await one.exists('old')) await one.rename('old', 'current');
  }
  for (const one of all) {
    await one.unmarkNone();
    await one.removePart();
  }
}

/** Drops what was kept, and what is half built. */
export async function dropKept(all: readonly Swapped[]): Promise<void> {
  for (const one of all) {
    for (const place of ['new', 'old'] as const) await drop(one, place);
    await one.unmarkNone();
    await one.removePart();
  }
}

/** True when one of them keeps something. */
export async function keepsSomething(all: readonly Swapped[]): Promise<boolean> {
  return (await only(all, isKept)).length > 0;
}

/** Those that a restoration has left nothing of: neither built, nor replaced, nor brought back just now. */
export async function untouched<One extends Swapped>(all: readonly One[]): Promise<One[]> {
  return await only(
    all,
    async (one) => !(await isKept(one)) && !(await one.exists('new')) && !(await one.exists('part')),
  );
}

async function keep(one: Swapped): Promise<void> {
  if (await one.exists('current')) await one.rename('current', 'old');
  else await one.markNone();
}

/** Gone at once, in one rename: what is half removed must not look like something whole. */
async function drop(one: Swapped, place: Place): Promise<void> {
  if (!(await one.exists(place))) return;
  await one.removePart();
  await one.rename(place, 'part');
}

async function isReplaced(one: Swapped): Promise<boolean> {
  return (await isKept(one)) && (await one.exists('current')) && !(await one.exists('new'));
}

async function isKept(one: Swapped): Promise<boolean> {
  return (await one.exists('old')) || (await one.exists('none'));
}

async function only<One extends Swapped>(
  all: readonly One[],
  holds: (one: Swapped) => Promise<boolean>,
): Promise<One[]> {
  const answers = await Promise.all(all.map(holds));
  return all.filter((_, n) => answers[n]);
}
