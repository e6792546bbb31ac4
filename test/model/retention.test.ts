import fc from 'fast-check';
import { setsToPrune } from '../../model/retention';

const none: ReadonlySet<string> = new Set();
const sets = (...labels: string[]) => labels.map((label) => ({ name: `set ${label}`, label }));

describe('retention', () => {
  it('lets the oldest sets go, oldest first, whatever order they are listed in', () => {
    expect(setsToPrune(sets('3', '1', '5', '2', '4'), 2, none)).toEqual(['set 1', 'set 2', 'set 3']);
  });

  it('lets nothing go before there are more than the copies', () => {
    expect(setsToPrune(sets('1', '2'), 2, none)).toEqual([]);
    expect(setsToPrune([], 1, none)).toEqual([]);
  });

  it('keeps a held set, and no younger one goes in its place', () => {
    expect(setsToPrune(sets('1', '2', '3', '4'), 2, new Set(['set 1']))).toEqual(['set 2']);
  });

  it('does not count a held one among the newest twice', () => {
    expect(setsToPrune(sets('1', '2', '3'), 2, new Set(['set 3']))).toEqual(['set 1']);
  });

  it('counts sets of one label as one copy, and keeps or drops them together', () => {
    const run = (label: string) => [
      { name: `a ${label}`, label },
      { name: `b ${label}`, label },
    ];
    const listed = [...run('1'), ...run('2'), ...run('3')];
    expect(setsToPrune(listed, 2, none)).toEqual(['a 1', 'b 1']);
    expect(setsToPrune(listed, 1, new Set(['b 1']))).toEqual(['a 2', 'b 2']);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to keep %p copies', (copies) => {
    expect(() => setsToPrune(sets('1'), copies, none)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('retention of any sets', () => {
  const listed = fc
    .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 })
    .map((times) => sets(...times.map((time) => String(time).padStart(14, '0'))));
  const anything = fc
    .tuple(listed, fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(19)))
    .map(([all, copies, held]) => [all, copies, new Set(held.flatMap((at) => all[at]?.name ?? []))] as const);

  it('keeps the newest copies and the held ones, and nothing else', () => {
    fc.assert(
      fc.property(anything, ([all, copies, held]) => {
        const gone = new Set(setsToPrune(all, copies, held));
        const newer = (label: string) => all.filter((other) => other.label > label).length;
        for (const { name, label } of all) expect(gone.has(name)).toBe(newer(label) >= copies && !held.has(name));
      }),
    );
  });

  it('has nothing left to do once it was done', () => {
    fc.assert(
      fc.property(anything, ([all, copies, held]) => {
        const gone = new Set(setsToPrune(all, copies, held));
        expect(
          setsToPrune(
            all.filter(({ name }) => !gone.has(name)),
            copies,
            held,
          ),
        ).toEqual([]);
      }),
    );
  });

  it('never lets an older set live longer than a younger one, unless it is held', () => {
    fc.assert(
      fc.property(anything, ([all, copies]) => {
        const gone = setsToPrune(all, copies, none);
        const kept = all.map(({ name }) => name).filter((name) => !gone.includes(name));
        for (const dead of gone) for (const alive of kept) expect(dead < alive).toBe(true);
        expect(gone).toEqual([...gone].sort());
      }),
    );
  });

  it('does not change the list that it is given', () => {
    const given = sets('2', '1', '3');
    setsToPrune(given, 1, none);
    expect(given).toEqual(sets('2', '1', '3'));
  });
});
