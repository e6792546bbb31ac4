import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '../../client/exit-codes';
import { workerConfigSchema } from '../../model/config';
import { parseYaml } from '../../model/input';
import { resolveTasks, taskFileSchema } from '../../model/task-file';

const root = join(__dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function yamlOf(file: string): string {
  return new RegExp(`\`\`\`yaml\n(# ${file}\n[^]*?)\`\`\``).exec(readme)![1]!;
}

test('its first configuration is one, and its task belongs to that cluster', () => {
  const { clusters } = parseYaml(workerConfigSchema, yamlOf('cairn.yaml'), 'cairn.yaml');
  const { tasks } = resolveTasks(parseYaml(taskFileSchema, yamlOf('tasks.yaml'), 'tasks.yaml'));
  expect(tasks.map(({ cluster }) => cluster)).toEqual(clusters.map(({ id }) => id));
});

test('its map has every folder that holds code, and no other', () => {
  const named = [...readme.matchAll(/^([a-z-]+)\/ {2}/gm)].map(([, folder]) => folder!);
  const holdsCode = (name: string) => /\.(m?js|ts)$/.test(name);
  const there = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z-]+$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => !['dist', 'coverage'].includes(name) && readdirSync(join(root, name)).some(holdsCode));
  expect(named.filter((name) => name !== 'docs').sort()).toEqual(there.sort());
});

test('its links lead somewhere, and it names every exit code', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link]) => link!);
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  for (const code of Object.values(exitCodes)) expect(readme).toMatch(new RegExp(`(: |· |·\n)${code} `));
});
