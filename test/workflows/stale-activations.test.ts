import { type Activated, staleness } from '../../workflows/stale-activations';

const at = (seconds: number, nanos = 0) => ({ seconds, nanos });
const initialized = (startTime: object) => ({ initializeWorkflow: { startTime } });
const activity = { resolveActivity: {} } as NonNullable<Activated['jobs']>[number];
const query = { queryWorkflow: {} };

/** What is said of each activation of one workflow. */
function told(...activations: Activated[]): boolean[] {
  const isStale = staleness();
  return activations.map((one) => isStale(one));
}

test('tasks with times of their own are not stale, nor what comes of one task in several parts', () => {
  expect(
    told(
      { timestamp: at(1, 5), historyLength: 3, jobs: [initialized(at(1, 4))] },
      { timestamp: at(1, 6), historyLength: 9, jobs: [activity] },
      { timestamp: at(1, 6), historyLength: 9, jobs: [activity] },
      { timestamp: at(2, 6), historyLength: 14, jobs: [activity] },
    ),
  ).toEqual([false, false, false, false]);
});

test('events that come with the time of the task before are', () => {
  expect(
    told(
      { timestamp: at(1, 5), historyLength: 3, jobs: [initialized(at(1))] },
      { timestamp: at(1, 5), historyLength: 8, jobs: [activity] },
    ),
  ).toEqual([false, true]);
});

test('so is a workflow that is started by a query, before its first task', () => {
  expect(told({ timestamp: at(1, 4), historyLength: 2, jobs: [initialized(at(1, 4))] })).toEqual([true]);
});

test('a query alone is never, and changes nothing', () => {
  expect(
    told(
      { timestamp: at(1, 5), historyLength: 3, jobs: [initialized(at(1))] },
      { timestamp: at(1, 5), historyLength: 8, jobs: [query] },
      { timestamp: null, jobs: [query] },
      { timestamp: at(1, 7), historyLength: 9, jobs: [activity] },
    ),
  ).toEqual([false, false, false, false]);
});
