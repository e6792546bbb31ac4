import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { workflowTypes } from '../../model/messages';
import { workflowBundle } from '../../workers/workflow-bundle';

const folder = join(__dirname, 'histories');
const recorded = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));

test.each(recorded)('the code of today replays the recorded history %s', async (file) => {
  const history = historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, file);
});

test('every workflow has a recorded history', () => {
  const types = new Set(recorded.map((file) => file.split('/').at(-1)!.split('-', 1)[0]));
  expect([...types].sort()).toEqual(Object.values(workflowTypes).sort());
});

test('a history that does not fit is noticed', async () => {
  const file = recorded.find((name) => name.includes('backUpPart-completed'))!;
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('"dumpSource"', '"anotherStep"');
  const history = historyFromJSON(JSON.parse(text));
  await expect(Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, file)).rejects.toThrow(
    /TMPRL1100|[Nn]ondeterminis/,
  );
});
