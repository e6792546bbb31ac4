import { failedSources, reasonOfFailed } from '../../model/failed-parts';
import type { PartResult } from '../../model/run';

function failed(source: PartResult['source'], part: string, reason: string): PartResult {
  return { source, part, outcome: 'Failed', bytes: 0, files: 0, reason };
}

const fine: PartResult = { source: 'nameNode', part: 'ns9', outcome: 'Successful', bytes: 1, files: 1 };
const nameNode = failed('nameNode', 'ns1', 'ns1 is away HINT: start it');
const hdfs = failed('hdfs', '', 'Yarn has no queue "x" HINT: make it');

test('of a run of which nothing failed there is no reason', () => {
  expect(reasonOfFailed([])).toBeUndefined();
  expect(reasonOfFailed([fine])).toBeUndefined();
});

test('of one that failed its name and its whole reason are told', () => {
  const reason = `${'very '.repeat(100)}long HINT: start it`;
  expect(reasonOfFailed([fine, failed('nameNode', 'ns1', reason)])).toBe(`nameNode ns1: ${reason}`);
  expect(reasonOfFailed([hdfs])).toBe('hdfs: Yarn has no queue "x" HINT: make it');
});

test('of several first all names are told, then the reasons, then what to do', () => {
  expect(reasonOfFailed([nameNode, fine, hdfs])).toBe(
    'nameNode ns1, hdfs failed; nameNode ns1: ns1 is away; hdfs: Yarn has no queue "x" HINT: start it; make it',
  );
  expect(reasonOfFailed([nameNode, { ...nameNode, part: 'ns2' }])).toBe(
    'nameNode ns1, nameNode ns2: ns1 is away HINT: start it',
  );
});

test('of several with long reasons a cluster still remembers all names, and some of each reason', () => {
  const parts = ['ns1', 'ns2', 'ns3'].map((part) => failed('nameNode', part, `${part} says ${'much '.repeat(90)}`));
  const remembered = reasonOfFailed(parts)!.slice(0, 200);
  expect(remembered).toMatch(/^nameNode ns1, nameNode ns2, nameNode ns3 failed; nameNode ns1: ns1 says much/);
  expect(remembered).toContain('…; nameNode ns2: ns2 says');
  expect(remembered).toContain('; nameNode ns3: ns3 says');
});

test('of very many as many names are told as there is room for, and how many more there are', () => {
  const parts = Array.from({ length: 40 }, (_, index) => failed('nameNode', `ns${index}`, `because of ${index}`));
  const reason = reasonOfFailed(parts)!;
  expect(reason).toMatch(/^nameNode ns0, .{70,110} and 3\d more failed; nameNode ns0: because of 0; /);
  expect(reason.length).toBeLessThan(2000);
});

test('a source of which several parts failed is named once', () => {
  expect(failedSources([nameNode, fine, { ...nameNode, part: 'ns2' }, hdfs])).toEqual(['nameNode', 'hdfs']);
});
