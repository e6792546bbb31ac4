import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { freePort } from '../../embedded/free-port';
import { run } from '../client/terminal';

const root = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface GitLabJob {
  readonly stage?: string;
  readonly script?: readonly string[];
}
interface GitHubWorkflow {
  readonly jobs: { readonly [name: string]: { readonly steps: readonly { readonly run?: string }[] } };
}

const gitLab = parse(read('examples/gitlab-ci/backup.gitlab-ci.yml')) as { readonly [job: string]: GitLabJob };
const gitHub = parse(read('examples/github-actions/backup.yml')) as GitHubWorkflow;

/** What is shown to people, as scripts of a shell. */
const scripts: { readonly [where: string]: readonly string[] } = {
  'examples/gitlab-ci/backup.gitlab-ci.yml': Object.values(gitLab).flatMap(({ script = [] }) => script),
  'examples/github-actions/backup.yml': Object.values(gitHub.jobs).flatMap(({ steps }) =>
    steps.flatMap((step) => step.run ?? []),
  ),
  'docs/pipelines.md': [...read('docs/pipelines.md').matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text!),
};

/** A folder where `cairn` only writes down how it was called. */
const folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
let nowhere: string;
beforeAll(async () => {
  nowhere = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'cairn'), `#!/bin/sh\nprintf '%s\\t' "$@" >> calls\necho >> calls\n`);
  chmodSync(join(folder, 'bin', 'cairn'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(Object.entries(scripts))('%s', (_where, lines) => {
  it('starts a run with the key of its pipeline', () => {
    expect(callsIn(lines)).toContainEqual(['task', 'start', 'nightly', '--key', '4711-nightly', '--wait', '--json']);
  });

  it('calls cairn only as it can be called', async () => {
    const asked = await Promise.all(callsIn(lines).map(askNobody));
    for (const told of asked) expect(told).toContain('no Temporal answers at');
  });
});

/** What `cairn` says where the only thing that is missing is a Temporal. */
async function askNobody(args: readonly string[]): Promise<string> {
  const given = args.map((arg) => (arg === 'tasks.yaml' ? join(root, 'examples', arg) : arg));
  const { stderr } = await run(['--address', nowhere, ...given]);
  return `cairn ${args.join(' ')}: ${stderr}`;
}

it('each job of GitLab stands in a stage that there is', () => {
  const stages = gitLab['stages'] as readonly string[];
  const used = Object.values(gitLab).flatMap(({ script, stage }) => (script === undefined ? [] : [stage]));
  expect([...new Set(used)]).toEqual(stages);
});

/** The arguments of each call of `cairn`, after a real shell has read the lines. */
function callsIn(lines: readonly string[]): string[][] {
  writeFileSync(join(folder, 'calls'), '');
  const { status, stderr } = spawnSync('sh', ['-euc', lines.join('\n')], {
    cwd: folder,
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, CI_PIPELINE_ID: '4711', GITHUB_RUN_ID: '4711' },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const calls = readFileSync(join(folder, 'calls'), 'utf8').split('\n').slice(0, -1);
  return calls.map((call) => call.split('\t').slice(0, -1));
}
