import type { Segment } from '../../servers/name-node-journal';
import { fetchSegments } from '../../sources/name-node-segments';

/** A NameNode that has these segments, and counts the questions for others. */
function nameNodeWith(...ends: readonly (readonly [number, number])[]) {
  const has = ends.map(([start, end]) => ({ start, end }));
  const counts = { misses: 0, atOnce: 0, mostAtOnce: 0 };
  const fetch = async ({ start, end }: Segment) => {
    counts.mostAtOnce = Math.max(counts.mostAtOnce, (counts.atOnce += 1));
    await new Promise(setImmediate);
    counts.atOnce -= 1;
    const isThere = has.some((segment) => segment.start === start && segment.end === end);
    if (!isThere) counts.misses += 1;
    return isThere;
  };
  return { has, fetch, counts };
}

const unlisted = { boundary: undefined, listed: [] };

test('what the NameNode listed is fetched without a question in vain', async () => {
  const { has, fetch, counts } = nameNodeWith([1, 10], [11, 500], [501, 90_000]);
  const wanted = { from: 11, to: 90_000, boundary: 501, listed: has };
  expect(await fetchSegments(wanted, fetch)).toEqual(has.slice(1));
  expect(counts.misses).toBe(0);
});

test('a listed segment is taken when the image ends in its middle', async () => {
  const { has, fetch } = nameNodeWith([1, 10], [11, 500], [501, 600]);
  expect(await fetchSegments({ from: 300, to: 600, boundary: 501, listed: has }, fetch)).toEqual(has.slice(1));
});

test('without a list, one segment or two around the known boundary are found at once', async () => {
  const one = nameNodeWith([11, 90_000]);
  expect(await fetchSegments({ from: 11, to: 90_000, ...unlisted }, one.fetch)).toEqual(one.has);
  expect(one.counts.misses).toBe(0);
  const two = nameNodeWith([11, 500], [501, 90_000]);
  expect(await fetchSegments({ from: 11, to: 90_000, boundary: 501, listed: [] }, two.fetch)).toEqual(two.has);
  expect(two.counts.misses).toBe(1);
});

test('without a list, an image that ends in the middle of the last segment takes that one', async () => {
  const { has, fetch } = nameNodeWith([501, 90_000]);
  expect(await fetchSegments({ from: 700, to: 90_000, boundary: 501, listed: [] }, fetch)).toEqual(has);
});

test('without a list, many segments are found by trying, a few questions at once', async () => {
  const { has, fetch, counts } = nameNodeWith([1, 2], [3, 30], [31, 32], [33, 100], [101, 250]);
  expect(await fetchSegments({ from: 1, to: 250, ...unlisted }, fetch)).toEqual(has);
  expect(counts.mostAtOnce).toBe(8);
});

test('what lies before the first listed segment is guessed to be one, or found by trying no further than that', async () => {
  const one = nameNodeWith([1, 400], [401, 500], [501, 600]);
  expect(await fetchSegments({ from: 1, to: 600, boundary: 501, listed: one.has.slice(1) }, one.fetch)).toEqual(
    one.has,
  );
  expect(one.counts.misses).toBeLessThan(3);
  const two = nameNodeWith([1, 30], [31, 400], [401, 500], [501, 600]);
  expect(await fetchSegments({ from: 1, to: 600, boundary: 501, listed: two.has.slice(2) }, two.fetch)).toEqual(
    two.has,
  );
  expect(two.counts.misses).toBeLessThan(50);
});

test('nothing after the image is nothing to fetch', async () => {
  expect(await fetchSegments({ from: 11, to: 10, ...unlisted }, nameNodeWith().fetch)).toEqual([]);
});

test('a gap is told with the transaction where it begins', async () => {
  const listed = nameNodeWith([1, 10], [21, 30]);
  await expect(
    fetchSegments({ from: 1, to: 30, boundary: 21, listed: listed.has }, listed.fetch),
  ).rejects.toMatchObject({
    kind: 'missing',
    message: expect.stringMatching(/begins at transaction 11;.*HINT: let the NameNode write a checkpoint/) as string,
  });
  await expect(fetchSegments({ from: 1, to: 30, ...unlisted }, nameNodeWith().fetch)).rejects.toMatchObject({
    kind: 'missing',
  });
});

test('trying has an end, because a NameNode logs each question in vain', async () => {
  const { fetch, counts } = nameNodeWith();
  await expect(fetchSegments({ from: 1, to: 1e9, ...unlisted }, fetch)).rejects.toMatchObject({ kind: 'missing' });
  expect(counts.misses).toBeLessThan(5_010);
});
