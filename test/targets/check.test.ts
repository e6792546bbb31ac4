import { jsonBytes } from '../../model/cluster-state';
import { BackupError } from '../../model/errors';
import { handedOver, noControl, type Progress } from '../../model/control';
import type { BackupTarget } from '../../model/target';
import { isWell, type TargetFinding } from '../../model/target-check';
import { type TargetCase, targetCases } from '../../targets/conformance';
import { createTargetCheck } from '../../targets/conformance/check';
import { bodyOf, namesBelow } from '../../targets/conformance/tools';
import { createChaosTarget, type Fault } from '../fakes/chaos-target';
import type { MemoryFolders } from '../fakes/memory-snapshots';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';

const folder = '.cairn-check-c1-20260101000000-0123abcd';
const settings = { mib: 1, caseSeconds: 30 };
const quick: TargetCase = { name: 'is quick', run: async () => undefined };
const stuck = (name: string): TargetCase => ({ name, run: () => new Promise(() => undefined) });

/** A target of which each opening is the same, as changed; and what lies on it. */
function aTarget(change: (target: BackupTarget) => BackupTarget = (same) => same, folders?: MemoryFolders) {
  const objects: Objects = new Map([['somebody/else', Buffer.from('x')]]);
  const target = change(createMemoryTarget(objects, folders));
  return { objects, open: async () => target };
}

async function check(
  open: () => Promise<BackupTarget>,
  cases?: TargetCase[],
  more: object = {},
): Promise<TargetFinding> {
  return await createTargetCheck(cases).run(open, folder, { ...settings, ...more }, noControl());
}

const denied = (what: string) => new BackupError('denied', what, { hint: 'give the right' });
const outcomes = ({ cases }: TargetFinding) => cases.map(({ name, outcome }) => `${name}: ${outcome}`);

it('a sound target is well: nothing has failed, its speed is known, and only what was there lies there', async () => {
  const { objects, open } = aTarget(undefined, new Map());
  const found = await check(open);
  expect(found.cases.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(found.speed).toMatchObject({ bytes: 2 ** 20, smallFiles: { files: 50, bytes: 4096 }, latency: { calls: 20 } });
  expect(isWell(found)).toBe(true);
  expect([...objects.keys()]).toEqual(['somebody/else']);
});

describe('what hinders everything is told in one sentence, and no case is asked:', () => {
  const faults: readonly [string, Fault][] = [
    ['cannot be looked at', { on: 'list', call: 1, does: 'fail', error: denied('nobody may list') }],
    ['cannot be written to', { on: 'put', call: 1, does: 'fail', error: denied('it is read-only') }],
    ['cannot be read', { on: 'get', call: 1, does: 'fail', error: denied('nobody may read') }],
    ['does not let objects be replaced', { on: 'put', call: 2, does: 'fail', error: denied('objects are locked') }],
    ['does not let objects be removed', { on: 'remove', call: 2, does: 'fail', error: denied('nobody may delete') }],
  ];
  it.each(faults)('the target %s', async (words, fault) => {
    const { open } = aTarget((target) => createChaosTarget(target, [fault]));
    const found = await check(open, [quick]);
    expect(found).toEqual({
      folder,
      cases: [],
      problem: { kind: 'denied', reason: `the target ${words}: ${fault.error!.message.replace(' HINT', ' HINT')}` },
    });
    expect(isWell(found)).toBe(false);
  });

  it('other bytes come back than were written', async () => {
    const { open } = aTarget((target) => createChaosTarget(target, [{ on: 'get', call: 1, does: 'flipByte' }]));
    expect((await check(open, [quick])).problem).toEqual({
      kind: 'corrupt',
      reason: 'the target cannot be read: what was just written comes back otherwise',
    });
  });

  it('it hangs', async () => {
    const { open } = aTarget((target) => ({ ...target, put: () => new Promise(() => undefined) }));
    expect((await check(open, [quick], { caseSeconds: 0.05 })).problem).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/^the target cannot be written to: it did not end within 0.05 s HINT: /) as string,
    });
  });
});

it('a case that fails tells why and what to do in a line of at most 300 characters; the others are asked', async () => {
  const long = 'much to say '.repeat(100);
  const fails = (name: string, error: Error): TargetCase => ({ name, run: () => Promise.reject(error) });
  const { cases } = await check(aTarget().open, [
    fails('by itself', new BackupError('full', 'no room', { hint: 'make some' })),
    fails('at length', new BackupError('full', long, { hint: long })),
    fails('by an assertion', new Error('Expected:\n\n  one\n  two\u0007')),
    quick,
  ]);
  expect(cases.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'ok']);
  expect(cases[0]!.why).toBe('no room HINT: make some');
  expect(cases[1]!.why!.length).toBeLessThanOrEqual(300);
  expect(cases[2]!.why).toMatch(/^Expected: one two. HINT: the target, or what lies between,/);
});

it('what it finds is far below the largest payload, also where every case fails at its longest', async () => {
  const error = new BackupError('full', 'ä'.repeat(1000), { hint: 'ö'.repeat(1000) });
  const cases = targetCases.map(({ name }): TargetCase => ({ name, run: () => Promise.reject(error) }));
  expect(jsonBytes(await check(aTarget().open, cases))).toBeLessThan(64 * 1024);
});

it('a case that hangs has failed when its time is over; after three of them no more are asked', async () => {
  const cases = [quick, ...['a', 'b', 'c'].map(stuck), { ...quick, name: 'comes too late' }];
  const found = await check(aTarget().open, cases, { caseSeconds: 0.05 });
  expect(outcomes(found)).toEqual(['is quick: ok', 'a: failed', 'b: failed', 'c: failed', 'comes too late: notAsked']);
  expect(found.cases[1]!.why).toMatch(/^it did not end within 0.05 s HINT: /);
  expect(found.cases[4]!.why).toBe('the target hangs');
});

it('what a case that hangs has opened is closed', async () => {
  const closed: string[] = [];
  const { open } = aTarget((target) => ({
    ...target,
    [Symbol.asyncDispose]: async () => void closed.push('closed'),
  }));
  const hangs: TargetCase = {
    name: 'hangs',
    async run(open) {
      await open();
      closed.length = 0;
      await new Promise(() => undefined);
    },
  };
  const seen = check(open, [hangs], { caseSeconds: 0.05 });
  await seen;
  expect(closed.length).toBeGreaterThan(0);
});

it('all that was opened is closed, also where the folder cannot be cleared', async () => {
  const { open } = aTarget((target) => {
    const fails = (on: 'list' | 'remove', call: number): Fault => ({ on, call, does: 'fail', error: denied('no') });
    return createChaosTarget(target, [fails('list', 2), fails('remove', 3)]);
  });
  const count = { opened: 0, closed: 0 };
  const found = await check(async () => {
    count.opened += 1;
    return { ...(await open()), [Symbol.asyncDispose]: async () => void (count.closed += 1) };
  }, [quick]);
  expect(found.left).toBe('no HINT: give the right');
  expect(count.closed).toBe(count.opened);
});

it('where snapshots are denied, that is told once, and all else is asked', async () => {
  const { open } = aTarget((target) => {
    const snapshots = { ...target.snapshots!, open: () => Promise.reject(denied('only a superuser may')) };
    return { ...target, snapshots };
  }, new Map());
  const { cases } = await check(open);
  const about = cases.filter(({ name }) => name.startsWith('with snapshots'));
  expect(about.map(({ outcome }) => outcome)).toEqual(['failed', ...about.slice(1).map(() => 'notAsked')]);
  expect(about[0]!.why).toBe('only a superuser may HINT: give the right');
  expect(cases.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
});

it('a case that would change something outside of the folder fails, and changes nothing', async () => {
  const reaching = (name: string, run: TargetCase['run']): TargetCase => ({ name, run });
  const { objects, open } = aTarget();
  const { cases } = await check(open, [
    reaching('puts', async (open) => void (await (await open()).put('elsewhere', bodyOf('x')))),
    reaching('removes', async (open) => (await open()).remove('somebody/else')),
    reaching('climbs', async (open) => void (await (await open()).put(`${folder}/../x`, bodyOf('x')))),
  ]);
  expect(cases.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  expect(cases[0]!.why).toContain(`this would change "elsewhere", outside of ${folder}`);
  expect([...objects.keys()]).toEqual(['somebody/else']);
});

it('a folder that cannot be removed is told', async () => {
  const { open } = aTarget((target) =>
    createChaosTarget(target, [{ on: 'remove', call: 3, does: 'fail', error: denied('no') }]),
  );
  const found = await check(open, [quick]);
  expect(found.left).toBe('no HINT: give the right');
  expect(isWell(found)).toBe(false);
});

describe('when it is cut off', () => {
  async function cutOff(reason: unknown) {
    const { objects, open } = aTarget();
    const stop = new AbortController();
    const reported: Progress[] = [];
    const control = { signal: stop.signal, resume: undefined, report: (progress: Progress) => reported.push(progress) };
    const putsOne: TargetCase = {
      name: 'puts one',
      async run(open, prefix) {
        await (await open()).put(`${prefix}/one`, bodyOf('x'));
        stop.abort(reason);
        await new Promise(() => undefined);
      },
    };
    const cases = [quick, putsOne];
    await expect(createTargetCheck(cases).run(open, folder, settings, control)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    return { objects, open, resume: reported.at(-1)?.resume, cases };
  }

  it('by a person, nothing is left', async () => {
    const { objects } = await cutOff(undefined);
    expect([...objects.keys()]).toEqual(['somebody/else']);
  });

  it('for another attempt, that one begins with an empty folder and asks what was not asked yet', async () => {
    const { objects, open, resume } = await cutOff(handedOver);
    expect(objects.size).toBe(3);
    const asked: string[] = [];
    const looks = (name: string): TargetCase => ({
      name,
      async run(open) {
        asked.push(name);
        expect(await namesBelow(await open(), folder)).toEqual([`${folder}/made-by-cairn.txt`]);
      },
    });
    const found = await createTargetCheck([looks('is quick'), looks('puts one')]).run(open, folder, settings, {
      ...noControl(),
      resume,
    });
    expect(outcomes(found)).toEqual(['is quick: ok', 'puts one: ok']);
    expect(asked).toEqual(['puts one']);
    expect([...objects.keys()]).toEqual(['somebody/else']);
  });
});

it('the speed is told as not measured where the body does not fit', async () => {
  const full = new BackupError('full', 'the disk is full', { hint: 'make room' });
  const { open } = aTarget((target) => ({
    ...target,
    put: async (name, body, control) => {
      if (name.endsWith('/speed/large')) throw full;
      return await target.put(name, body, control);
    },
  }));
  const found = await check(open, [quick]);
  expect(found.speed).toEqual({ failed: 'the disk is full HINT: make room' });
  expect(isWell(found)).toBe(false);
});
