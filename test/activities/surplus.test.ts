import type { Committed } from '../../activities/back-up';
import type { Objects } from '../fakes/memory-target';
import { allSteps, stepsOf } from './steps-ground';

test('what a run removes is never its own set, though a clock that was ahead gave others later labels', async () => {
  const objects: Objects = new Map();
  const made = async (label: string) => (await (await stepsOf('one', objects, { label }))(...allSteps)) as Committed;
  const [ahead, first] = [await made('20991231000000'), await made('20261122120001')];
  expect([ahead.surplus, first.surplus]).toEqual([[], []]);
  const second = await made('20261122130001');
  expect(second.surplus).toEqual([expect.stringMatching(/_20261122120001$/)]);
});
