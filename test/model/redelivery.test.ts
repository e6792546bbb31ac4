import { untilNextTry } from '../../model/redelivery';

const tries = Array.from({ length: 14 }, (_, index) => index + 1);

it('pauses double from a second to ten minutes', () => {
  const seconds = tries.map((attempt) => untilNextTry(attempt, undefined, 0.5) / 1000);
  expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600]);
  expect(untilNextTry(100_000, undefined, 0.5)).toBe(600_000);
});

it('they differ by a fifth at the most', () => {
  expect([untilNextTry(20, undefined, 0), untilNextTry(20, undefined, 1)]).toEqual([480_000, 720_000]);
});

it('a receiver is left alone for as long as it asks, up to a day, and never for less than the pause', () => {
  expect(untilNextTry(1, 90_000, 0.5)).toBe(90_000);
  expect(untilNextTry(20, 1000, 0.5)).toBe(600_000);
  expect(untilNextTry(1, 1e12, 0.5)).toBe(24 * 3_600_000);
});
