import { openDeliveries } from '../../workflows/deliveries';

function late(): { readonly delivery: Promise<void>; arrive(): void } {
  let arrive = () => undefined as void;
  const delivery = new Promise<void>((resolve) => (arrive = resolve));
  return { delivery, arrive: () => arrive() };
}

test('one that is late keeps the others from nothing, and none is lost when all are waited for', async () => {
  const deliveries = openDeliveries();
  const slow = late();
  deliveries.add([slow.delivery, Promise.resolve()]);
  await Promise.resolve();
  expect([deliveries.areUnderWay(), deliveries.room()]).toEqual([true, 499]);

  let all = false;
  const waiting = deliveries.all().then(() => (all = true));
  await new Promise(setImmediate);
  expect(all).toBe(false);
  slow.arrive();
  await waiting;
  expect([deliveries.areUnderWay(), deliveries.room()]).toEqual([false, 500]);
});

test('there is an end to how many are under way, and room again as they arrive', async () => {
  const deliveries = openDeliveries();
  const all = Array.from({ length: 600 }, late);
  deliveries.add(all.map(({ delivery }) => delivery));
  expect(deliveries.room()).toBe(0);
  for (const { arrive } of all.slice(0, 200)) arrive();
  await new Promise(setImmediate);
  expect(deliveries.room()).toBe(100);
});
