import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The linter's rules about who may import whom, tried on code that stands in a file which is there. */
const refused: readonly [what: string, file: string, code: string][] = [
  ['model uses Node', 'model/label.ts', `import { readFileSync } from 'node:fs';\nreadFileSync('x');`],
  ['model uses another package', 'model/label.ts', `import { Client } from '@temporalio/client';\nnew Client();`],
  [
    'a source knows a target',
    'sources/name-node.ts',
    `import { openLocalDir } from '../targets/local-dir';\nopenLocalDir({ root: '/' });`,
  ],
  [
    'a target knows sets',
    'targets/local-dir.ts',
    `import { setFolder } from '../sets/layout';\nsetFolder({} as never);`,
  ],
  ['a server knows Temporal', 'servers/http.ts', `import { Context } from '@temporalio/activity';\nContext.current();`],
  [
    'an activity knows a source',
    'activities/plan.ts',
    `import { openNameNodeSource } from '../sources/name-node';\nopenNameNodeSource({} as never);`,
  ],
  [
    'a workflow uses Node',
    'workflows/request.ts',
    `import type { Readable } from 'node:stream';\nexport type A = Readable;`,
  ],
  [
    'a workflow calls an activity itself',
    'workflows/request.ts',
    `import { liveHostsFirst } from '../activities/live-hosts';\nvoid liveHostsFirst;`,
  ],
  [
    'people use what workers use',
    'client/apply.ts',
    `import { startWorker } from '../workers/run-worker';\nvoid startWorker;`,
  ],
  ['people import it lazily', 'client/apply.ts', `export const late = () => import('../workers/run-worker');`],
  ['an embedded server knows cairn', 'embedded/run.ts', `import { labelAt } from '../model/label';\nlabelAt(0);`],
  ['a promise is left alone', 'servers/http.ts', `export function f(): void {\n  Promise.resolve(1).then(() => 2);\n}`],
];

const allowed: readonly [what: string, file: string, code: string][] = [
  [
    "model names Node's types",
    'model/label.ts',
    `import type { Readable } from 'node:stream';\nexport type A = Readable;`,
  ],
  [
    'a workflow names types of activities',
    'workflows/request.ts',
    `import type { PlannedPart } from '../activities/plan';\nexport type A = PlannedPart;`,
  ],
  [
    'a worker rescues a cluster',
    'workers/register.ts',
    `import { rescueCluster } from '../client/rescue';\nvoid rescueCluster;`,
  ],
  [
    'a worker asks a cluster for its state',
    'workers/metrics-server.ts',
    `import { clusterState } from '../client/cluster-state';\nvoid clusterState;`,
  ],
];

/** Of each, the rules that refuse it; what else the linter dislikes about such short pieces does not matter. */
let rules: Map<string, string[]>;
const ofTheHouse = /no-restricted-imports|no-restricted-syntax|no-floating-promises/;

beforeAll(() => {
  const all = [...refused, ...allowed];
  const script = join(__dirname, 'kit', 'lint-snippets.mjs');
  const snippets = JSON.stringify(all.map(([, file, code]) => ({ file, code: `${code}\n` })));
  const output = execFileSync(process.execPath, [script, snippets], { cwd: join(__dirname, '..'), encoding: 'utf8' });
  const found = JSON.parse(output) as string[][];
  rules = new Map(all.map(([what], place) => [what, found[place]!.filter((rule) => ofTheHouse.test(rule))]));
});

describe('the linter refuses it when', () => {
  it.each(refused)('%s', (what) => expect(rules.get(what)).toHaveLength(1));
});

describe('the linter says nothing when', () => {
  it.each(allowed)('%s', (what) => expect(rules.get(what)).toEqual([]));
});
