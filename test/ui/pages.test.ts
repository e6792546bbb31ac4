import { type ClusterState, newCluster, type TaskState } from '../../model/cluster-state';
import type { PartResult, RunProgress, RunResult } from '../../model/run';
import { productSettings } from '../../model/settings';
import { taskStatuses } from '../../model/task';
import { utf8Bytes } from '../../model/text';
import { clusterPage } from '../../workflows/cluster-page';
import { plain, summary } from '../../workflows/markdown';
import { notifyPage } from '../../workflows/notify-page';
import { requestPage } from '../../workflows/request-page';
import { endedPage, runningPage } from '../../workflows/run-markdown';
import { hostSummaries } from '../../workflows/step-summaries';
import { folderTask } from '../kit/stage';

/** The server refuses longer ones: 20,000 bytes of details, 400 of a summary. */
const most = { details: 20_000, summary: 400 };

/** What grows most when it is made harmless, in the most bytes. */
const wide = (characters: number) => '<*€'.repeat(characters).slice(0, characters);

const identity = { key: 'k', task: 'n'.repeat(64), label: '20261122171500', trigger: 'manual' } as const;
const failed = (number: number): PartResult => ({
  source: 'nameNode',
  part: `ns${number}`,
  outcome: 'Failed',
  target: { kind: 'localDir' },
  set: `east/${'s'.repeat(900)}`,
  bytes: 5,
  files: 1,
  reason: `${wide(3000)} HINT: ${wide(3000)}`,
  notes: [wide(3000), wide(3000)],
});

test('the page of a cluster stays small with all that a cluster can hold', () => {
  const page = clusterPage(largest(), 'default');
  expect(utf8Bytes(page)).toBeLessThan(most.details);
  expect(page).toMatch(/… and \d+ more: `cairn task list`/);
});

test('the page of a cluster begins with what runs, waits and failed', () => {
  const rows = clusterPage(largest(), 'default')
    .split('\n')
    .filter((line) => /^\| n\\_/.test(line));
  expect(rows.length).toBeGreaterThan(10);
  const seen = rows.map((row) => row.split('|')[2]!.replace(/[*\s]/g, ''));
  expect(seen).toEqual([...seen].sort((one, other) => rank(one) - rank(other)));
  expect(seen[0]).toBe('Running');
});

test('the page of a cluster tells what awaits approval, until when and of whom', () => {
  const { tasks } = largest();
  const [name, task] = Object.entries(tasks)[10]!;
  const awaits = { key: 'k', by: 'anna', since: 0, until: 3_600_000 };
  const page = clusterPage({ ...newCluster(facts(1)), tasks: { [name]: { ...task, awaits } } }, 'default');
  expect(page).toContain(
    `- **${plain(name)}** awaits approval until 1970-01-01 01:00:00 UTC: somebody else than anna approves it with \`cairn restoration approve ${name}\``,
  );
});

test('the page of a cluster that stands still says for whom', () => {
  const paused = { owner: 'restoration back 20261122171500 of cluster oms', until: 3_600_000 };
  expect(clusterPage({ ...newCluster(facts(1)), paused }, 'default')).toContain(
    '**Paused** for restoration back 20261122171500 of cluster oms, until that has ended; without it until 1970-01-01 01:00:00 UTC',
  );
});

test('the pages of a restoration and of its approval tell who asked and who approved', () => {
  const approval = { askedBy: 'anna', approvedBy: 'bert', approved: 0 };
  const result: RunResult = {
    ...identity,
    kind: 'restoration',
    outcome: 'Successful',
    begin: 0,
    end: 1,
    parts: [],
    approval,
  };
  const text = 'Asked for by **anna**, approved by **bert** at 1970-01-01 00:00:00 UTC.';
  expect(endedPage(result)).toContain(text);
  const order = { do: 'approve', task: 'back', asked: 'k', by: 'bert' } as const;
  expect(requestPage({ cluster: 'east', key: 'x', order })).toContain('by **bert**: **approve restoration** back');
});

test('the page of a cluster without tasks says how they are made', () => {
  expect(clusterPage(newCluster(facts(1)), 'default')).toContain('cairn apply');
});

test('an alarm of the whole cluster stands on its page without a task', () => {
  const alarm = { id: '12057', raised: 0, text: 'no periodic task' } as const;
  const page = clusterPage({ ...newCluster(facts(1)), alarms: [alarm] }, 'default');
  expect(page).toContain('- **ALM-12057**, since 1970-01-01 00:00:00 UTC: no periodic task');
});

test('the pages of a run stay small with a thousand sets and endless reasons', () => {
  const parts = Array.from({ length: 1000 }, (_, number) => failed(number));
  const result: RunResult = {
    ...identity,
    kind: 'backup',
    outcome: 'Failed',
    reason: wide(9000),
    begin: 0,
    end: 1,
    parts,
  };
  expect(utf8Bytes(endedPage(result))).toBeLessThan(most.details);
  const going: RunProgress = {
    ...identity,
    kind: 'backup',
    phase: 'uploading',
    begin: 0,
    parts: parts.map(({ source, part }) => ({ source, part, phase: 'uploading', since: 0, bytes: 1, totalBytes: 9 })),
  };
  expect(utf8Bytes(runningPage(going, ['nameNode'], 1000))).toBeLessThan(most.details);
});

test('a run that goes on shows each set, the sources ahead, and how long it will take', () => {
  const parts = [
    { source: 'nameNode', part: 'a', phase: 'uploading', since: 1000, bytes: 1024, totalBytes: 4096 },
  ] as const;
  const page = runningPage(
    { ...identity, kind: 'backup', phase: 'uploading', begin: 0, parts },
    ['nameNode', 'kafka'],
    3000,
  );
  expect(page.replaceAll('\u00a0', ' ')).toContain(
    'Phase **uploading** · 1.0 KiB of 4.0 KiB (25 %) · about 6 s left in this phase',
  );
  expect(page).toMatch(/nameNode a\s+\| uploading/);
  expect(page).toMatch(/kafka\s+\| waiting/);
});

test('a run that failed says why and what to do', () => {
  const parts = [{ ...failed(1), reason: 'no NameNode answers HINT: start one', notes: [] }];
  const page = endedPage({ ...identity, kind: 'backup', outcome: 'Failed', begin: 0, end: 5000, parts });
  expect(page).toContain('**Failed** after 5 s');
  expect(page).toContain('nameNode ns1: no NameNode answers. **What to do:** start one');
});

test('the page of a request stays small, whatever was asked and answered', () => {
  const asked = { cluster: 'east', key: wide(5000), order: { do: 'prune' as const, sets: [wide(50_000)] } };
  const page = requestPage(asked, { accepted: false, refusal: 'invalid', message: wide(50_000) });
  expect(utf8Bytes(page)).toBeLessThan(most.details);
});

test('the page of a notification stays small, whatever happened and was answered, and shows who has been told', () => {
  const channels = Array.from({ length: 10 }, (_, number) => `channel-${number}`);
  const timestamp = '2026-11-22T17:15:00.000Z';
  const notification = {
    id: 'x',
    type: 'run.failed',
    timestamp,
    cluster: 'east',
    task: 'n',
    reason: wide(9000),
  } as const;
  const page = notifyPage({ notification, channels }, [
    ...channels.slice(1).map((channel) => ({ channel, delivered: false, answer: wide(9000) })),
  ]);
  expect(utf8Bytes(page)).toBeLessThan(most.details);
  expect(page).toContain('At 2026-11-22 17:15:00 UTC: ');
  expect(page).toMatch(/channel-0\s+\| is being tried/);
  expect(page).toMatch(/channel-9\s+\| \*\*not delivered\*\*/);
});

test('the line of a step stays small with the longest names', () => {
  const set = { target: { kind: 'localDir' as const }, name: '€'.repeat(1024) };
  const line = hostSummaries('h'.repeat(255)).fetchSet({ source: 'nameNode', part: 'p', set } as never);
  expect(utf8Bytes(summary(line))).toBeLessThanOrEqual(most.summary);
});

test.each([
  ['<script>alert(1)</script> & &lt;', '\\<script\\>alert\\(1)\\</script\\> \\& \\&lt;'],
  ['two | cells\nand | lines', 'two &#124; cells and &#124; lines'],
  ['--any-version ... /data/1/2', '\\-\\-any-version \\.\\.. /data/1&#47;2'],
  ['![x](y) `z` __a__ $b$', '\\!\\[x\\]\\(y) \\`z\\` \\_\\_a\\_\\_ \\$b\\$'],
])('no text from outside is taken for markup: %j', (text, expected) => {
  expect(plain(text)).toBe(expected);
});

function facts(hosts: number) {
  return {
    id: 'east',
    version: '3.3.0',
    services: {},
    localBackupHosts: [],
    hosts: Array.from({ length: hosts }, (_, number) => `${'h'.repeat(240)}${number}`),
    settings: productSettings,
  };
}

function largest(): ClusterState {
  const names = Array.from({ length: 200 }, (_, number) => `${'n_'.repeat(30)}${number}`);
  const task = (name: string, number: number): TaskState => ({
    spec: folderTask('east', name),
    creation: identity.label,
    status: taskStatuses[number % taskStatuses.length]!,
    runs: ['20261122171500 12s Successful manual 123456B'],
    reason: wide(200),
    ...(number < 10 && { awaits: { key: 'k', by: `${'<_@'.repeat(21)}z`, since: 0, until: 1 } }),
  });
  return {
    ...newCluster(facts(200)),
    tasks: Object.fromEntries(names.map((name, number) => [name, task(name, number)])),
    queue: names.map((name) => ({ key: name, task: name, trigger: 'manual' })),
    running: { ...identity, kind: 'backup', runId: 'r', since: 0 },
    alarms: names.map((name) => ({ id: '12035', task: name, raised: 0, text: wide(200) })),
  };
}

function rank(status: string): number {
  return ['Running', 'Waiting', 'Failed', 'Stopped', 'Ready', 'Successful'].indexOf(status);
}
